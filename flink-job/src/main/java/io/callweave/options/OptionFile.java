package io.callweave.options;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Paths;
import java.util.Arrays;

/** A small file that an option names. It is read where the job is submitted. */
final class OptionFile {
  private static final int MAX_BYTES = 1 << 20;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private final String option;
  private final String path;
  private final String wanted;

  /**
   * A file.
   *
   * @param wanted what it should be, for messages
   */
  OptionFile(String option, String path, String wanted) {
    this.option = option;
    this.path = path;
    this.wanted = wanted;
  }

  /**
   * What is in it, without a byte-order mark.
   *
   * @throws OptionsException if it cannot be read, or is larger than 1 MiB
   */
  byte[] bytes() {
    // Not all of it at once: a device has no end.
    byte[] bytes = new byte[MAX_BYTES + 1];
    int length = 0;
    try (InputStream in = Files.newInputStream(Paths.get(path))) {
      int read = 0;
      while (read >= 0 && length < bytes.length) {
        length += read;
        read = in.read(bytes, length, bytes.length - length);
      }
    } catch (IOException | InvalidPathException e) {
      throw unreadable(e.getClass().getSimpleName());
    }
    if (length == bytes.length) {
      throw unreadable("larger than 1 MiB");
    }
    byte[] begin = Arrays.copyOf(bytes, BYTE_ORDER_MARK.length);
    int from = Arrays.equals(begin, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
    return Arrays.copyOfRange(bytes, from, Math.max(from, length));
  }

  /**
   * Its text.
   *
   * @throws OptionsException if it cannot be read, or is not UTF-8
   */
  String text() {
    byte[] bytes = bytes();
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IOException e) {
      throw unreadable("not UTF-8");
    }
  }

  /** An error that says why. What is in the file may be a secret and is not quoted. */
  OptionsException unreadable(String why) {
    return new OptionsException(
        String.format("--%s %s cannot be read (%s); %s is wanted", option, path, why, wanted));
  }
}
