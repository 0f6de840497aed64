package io.callweave.nativelib;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** The part of a library's header that tells which processor it was built for. */
final class ElfHeader {
  static final String LINUX_X86_64 = "linux-x86_64";
  static final String LINUX_AARCH64 = "linux-aarch64";

  private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};

  /** Where the machine's number is, two bytes, the lower one first on both platforms. */
  private static final int MACHINE = 18;

  private static final int X86_64 = 62;
  private static final int AARCH64 = 183;

  private ElfHeader() {}

  /** The platform of a library in the jar, null where it is no library at all. */
  static String platformOf(String resource) {
    byte[] header = new byte[MACHINE + 2];
    try (InputStream in = ElfHeader.class.getResourceAsStream(resource)) {
      new DataInputStream(in).readFully(header);
    } catch (IOException e) {
      return null;
    }
    if (!Arrays.equals(Arrays.copyOf(header, MAGIC.length), MAGIC)) {
      return null;
    }
    int machine = (header[MACHINE] & 0xff) | (header[MACHINE + 1] & 0xff) << 8;
    switch (machine) {
      case X86_64:
        return LINUX_X86_64;
      case AARCH64:
        return LINUX_AARCH64;
      default:
        return "a processor with the ELF number " + machine;
    }
  }
}
