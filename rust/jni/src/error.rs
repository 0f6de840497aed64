//! What can go wrong at the border.

use std::any::Any;
use std::fmt;

/// An error at the border; each kind is one exception in Java and one status in C.
#[derive(Debug)]
pub enum Error {
    /// A kernel refused its input, or panicked.
    Kernel(String),
    /// An argument or a setting that no kernel could work with.
    Argument(String),
    /// A handle that is closed, was never open, or whose kernel is broken.
    State(String),
    /// The JVM refused a JNI call.
    Jni(jni::errors::Error),
}

/// The result of a function of the border.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Kernel(text) | Error::Argument(text) | Error::State(text) => f.write_str(text),
            Error::Jni(error) => write!(f, "JNI: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<jni::errors::Error> for Error {
    fn from(error: jni::errors::Error) -> Self {
        Error::Jni(error)
    }
}

impl From<callweave_core::error::Error> for Error {
    fn from(error: callweave_core::error::Error) -> Self {
        match error {
            callweave_core::error::Error::Corrupt(text) => Error::Kernel(text),
            callweave_core::error::Error::Config(text) => Error::Argument(text),
        }
    }
}

/// The text of a panic: `panic!("text")` carries a `&str`, `panic!("{formatted}")` a `String`.
pub fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("of an unknown kind");
    format!("panic: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(panic: impl FnOnce() + std::panic::UnwindSafe) -> String {
        panic_text(&*std::panic::catch_unwind(panic).unwrap_err())
    }

    #[test]
    fn the_text_of_a_panic_is_kept() {
        assert_eq!(text_of(|| panic!("plain")), "panic: plain");
        assert_eq!(text_of(|| panic!("with {}", 7)), "panic: with 7");
        assert_eq!(text_of(|| std::panic::panic_any(7)), "panic: of an unknown kind");
    }
}
