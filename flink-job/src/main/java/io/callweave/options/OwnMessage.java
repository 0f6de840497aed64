package io.callweave.options;

import java.io.Serializable;
import java.util.Base64;

/** A message of the user's own that records in protobuf are. */
public final class OwnMessage implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The descriptor set that it is in, in Base64. */
  public final String set;

  /** Its full name. */
  public final String name;

  private OwnMessage(String set, String name) {
    this.set = set;
    this.name = name;
  }

  /**
   * Reads its file, where the job is submitted.
   *
   * @param text FILE:NAME
   * @throws OptionsException if it is not written so, or the file cannot be read
   */
  static OwnMessage read(String option, String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0 || colon == text.length() - 1) {
      throw new OptionsException(
          String.format(
              "--%s is '%s'; FILE:NAME is wanted, as calls.desc:mesh.v1.Span", option, text));
    }
    OptionFile file =
        new OptionFile(
            option, text.substring(0, colon), "a descriptor set that protoc has written");
    return new OwnMessage(
        Base64.getEncoder().encodeToString(file.bytes()), text.substring(colon + 1));
  }
}
