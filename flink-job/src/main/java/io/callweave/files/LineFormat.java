package io.callweave.files;

import java.io.Serializable;

/**
 * How a record is written as a line.
 *
 * @param <T> the record
 */
public interface LineFormat<T> extends Serializable {
  /** The line in UTF-8, without its end. */
  byte[] line(T record);

  /** The first line of every file; null where there is none. */
  default byte[] header() {
    return null;
  }
}
