package io.callweave.files;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Reads files as a user of DuckDB does. */
public final class DuckDb implements AutoCloseable {
  private final Connection connection = DriverManager.getConnection("jdbc:duckdb:");

  public DuckDb() throws SQLException {}

  /** The rows of a query, each with its values as text and commas between them. */
  public List<String> rows(String query) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      ResultSetMetaData columns = result.getMetaData();
      while (result.next()) {
        List<String> values = new ArrayList<>();
        for (int at = 1; at <= columns.getColumnCount(); at++) {
          values.add(String.valueOf(result.getString(at)));
        }
        rows.add(String.join(",", values));
      }
    }
    return rows;
  }

  /** Has a statement done that gives no rows. */
  public void run(String command) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(command);
    }
  }

  /** The one number that a query gives, 0 for none. */
  public long number(String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      result.next();
      return result.getLong(1);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
