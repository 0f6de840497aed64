//! Fields of a message as JSON.

use std::fmt::Write as _;
use std::io::Write;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, Value};

use super::wanted::{Shape, Wanted};

const NANOS_PER_S: i128 = 1_000_000_000;

/// Writes these fields of a message as an object.
pub fn write_fields(message: &DynamicMessage, fields: &[Wanted], out: &mut Vec<u8>) -> std::io::Result<()> {
    let mut separator = b'{';
    for Wanted { field, shape } in fields {
        if field.supports_presence() && !message.has_field(field) {
            continue;
        }
        out.push(separator);
        separator = b',';
        write_text(field.name(), out)?;
        out.push(b':');
        write_value(&message.get_field(field), field, shape, out)?;
    }
    if separator == b'{' {
        out.push(b'{');
    }
    out.push(b'}');
    Ok(())
}

fn write_value(
    value: &Value,
    field: &FieldDescriptor,
    shape: &Shape,
    out: &mut Vec<u8>,
) -> std::io::Result<()> {
    match value {
        Value::List(values) => {
            out.push(b'[');
            for (number, value) in values.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_value(value, field, shape, out)?;
            }
            out.push(b']');
            Ok(())
        }
        Value::Map(entries) => {
            out.push(b'{');
            for (number, (key, value)) in entries.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_key(key, out)?;
                out.push(b':');
                write_value(value, &value_field(field), shape, out)?;
            }
            out.push(b'}');
            Ok(())
        }
        Value::Message(message) => match shape {
            Shape::Fields(fields) => write_fields(message, fields, out),
            _ => write!(out, "{}", nanos(message)),
        },
        value => write_scalar(value, field, out),
    }
}

/// The field of the values of a map.
fn value_field(field: &FieldDescriptor) -> FieldDescriptor {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field(),
        _ => field.clone(),
    }
}

fn nanos(instant: &DynamicMessage) -> i128 {
    let number = |number| {
        instant.get_field_by_number(number).and_then(|value| match *value {
            Value::I64(seconds) => Some(i128::from(seconds)),
            Value::I32(nanos) => Some(i128::from(nanos)),
            _ => None,
        })
    };
    number(1).unwrap_or_default() * NANOS_PER_S + number(2).unwrap_or_default()
}

fn write_key(key: &MapKey, out: &mut Vec<u8>) -> std::io::Result<()> {
    match key {
        MapKey::String(text) => write_text(text, out),
        MapKey::Bool(value) => write!(out, "\"{value}\""),
        MapKey::I32(value) => write!(out, "\"{value}\""),
        MapKey::I64(value) => write!(out, "\"{value}\""),
        MapKey::U32(value) => write!(out, "\"{value}\""),
        MapKey::U64(value) => write!(out, "\"{value}\""),
    }
}

fn write_scalar(value: &Value, field: &FieldDescriptor, out: &mut Vec<u8>) -> std::io::Result<()> {
    match value {
        Value::Bool(value) => write!(out, "{value}"),
        Value::I32(value) => write!(out, "{value}"),
        Value::I64(value) => write!(out, "{value}"),
        Value::U32(value) => write!(out, "{value}"),
        Value::U64(value) => write!(out, "{value}"),
        Value::F32(value) if value.is_finite() => write!(out, "{value}"),
        Value::F64(value) if value.is_finite() => write!(out, "{value}"),
        Value::F32(value) => write!(out, "\"{value}\""),
        Value::F64(value) => write!(out, "\"{value}\""),
        Value::String(text) => write_text(text, out),
        Value::Bytes(bytes) => {
            let mut digits = String::with_capacity(2 * bytes.len());
            bytes.iter().for_each(|byte| {
                let _ = write!(digits, "{byte:02x}");
            });
            write_text(&digits, out)
        }
        Value::EnumNumber(number) => match field.kind() {
            Kind::Enum(names) => match names.get_value(*number) {
                Some(value) => write_text(value.name(), out),
                None => write!(out, "{number}"),
            },
            _ => write!(out, "{number}"),
        },
        // Taken apart before.
        Value::Message(_) | Value::List(_) | Value::Map(_) => out.write_all(b"null"),
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
    serde_json::to_writer(out, text).map_err(std::io::Error::from)
}
