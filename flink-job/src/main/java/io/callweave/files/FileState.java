package io.callweave.files;

/** A file of the input, and how far it was read. A Flink POJO, and a part of the state. */
public class FileState {
  /** Its path, a URI. */
  public String path;

  /** Its size in bytes when it was found. */
  public long length;

  /** When it was last changed when it was found, ms. */
  public long modifiedMs;

  /** The number of its split, which no other file has. */
  public int split;

  /** Records that were read. */
  public long records;

  /** Bytes that these take from the beginning, decompressed. */
  public long bytes;

  /** Whether it was read to its end. */
  public boolean done;

  /** For Flink. */
  public FileState() {}

  FileState(String path, long length, long modifiedMs, int split) {
    this.path = path;
    this.length = length;
    this.modifiedMs = modifiedMs;
    this.split = split;
  }
}
