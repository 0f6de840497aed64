//! The native methods of the Java class `io.callweave.nativelib.NativeKernels`.
//!
//! [`natives`] is the one list of them. From a line of it come the exported symbol, which carries
//! the JVM signature and so never links to a method of another shape, the check by the compiler
//! that the function fits that signature, and the line of [`TABLE`] that a Java test holds against
//! the class.

use std::any::Any;

use jni::errors::ErrorPolicy;
use jni::objects::{JByteArray, JByteBuffer, JClass, JLongArray, JString};
use jni::strings::{JNIStr, JNIString};
use jni::sys::{jint, jlong};
use jni::{jni_sig_str, jni_str, native_method, Env, NativeMethod};

use crate::error::{panic_text, Error, Result};
use crate::kernels::KERNELS;
use crate::ABI_VERSION;

macro_rules! natives {
    ($( $name:literal = $function:ident ($($argument:ident: $type:tt),*) -> $result:tt; )*) => {
        /// Name and JVM signature of every native method.
        const TABLE: &[(&str, &str)] = &[
            $( ($name, jni_sig_str!(($($argument: $type),*) -> $result)) ),*
        ];
        $(
            const _: NativeMethod = native_method! {
                java_type = "io.callweave.nativelib.NativeKernels",
                static extern fn $function($($argument: $type),*) -> $result,
                name = $name,
                error_policy = Throw,
            };
        )*
    };
}

natives! {
    "abiVersion" = abi_version() -> jint;
    "methodTable" = method_table() -> JString;
    "open" = open(kind: JString, settings: [jbyte]) -> jlong;
    "pushBatch" = push_batch(
        handle: jlong, batch: JByteBuffer, length: jint, watermark_ms: jlong, now_ms: jlong,
        verdict: JByteBuffer
    ) -> jint;
    "flush" = flush(handle: jlong, watermark_ms: jlong) -> void;
    "push" = push(handle: jlong, block: [jbyte]) -> void;
    "fire" = fire(handle: jlong, bucket: jlong) -> void;
    "pull" = pull(handle: jlong, out: JByteBuffer) -> jint;
    "load" = load(handle: jlong, state: [jbyte]) -> void;
    "save" = save(handle: jlong) -> [jbyte];
    "counterNames" = counter_names(handle: jlong) -> JString;
    "takeCounts" = take_counts(handle: jlong, counts: [jlong]) -> void;
    "memoryBytes" = memory_bytes(handle: jlong) -> jlong;
    "close" = close(handle: jlong) -> void;
}

fn abi_version(_: &mut Env, _: JClass) -> Result<jint> {
    to_jint("the ABI version", ABI_VERSION)
}

fn method_table<'local>(env: &mut Env<'local>, _: JClass<'local>) -> Result<JString<'local>> {
    let lines: Vec<String> = TABLE.iter().map(|(name, signature)| format!("{name}{signature}")).collect();
    Ok(JString::from_str(env, lines.join("\n"))?)
}

fn open(env: &mut Env, _: JClass, kind: JString, settings: JByteArray) -> Result<jlong> {
    if kind.is_null() {
        return Err(Error::Argument("kind is null".into()));
    }
    let kind = kind.try_to_string(env)?;
    to_jlong("a handle", KERNELS.open_kernel(&kind, &given_bytes(env, "settings", &settings)?)?)
}

#[allow(clippy::too_many_arguments)] // The class is an argument of the JVM's.
fn push_batch(
    env: &mut Env,
    _: JClass,
    handle: jlong,
    batch: JByteBuffer,
    length: jint,
    watermark_ms: jlong,
    now_ms: jlong,
    verdict: JByteBuffer,
) -> Result<jint> {
    let batch = Memory::of(env, "batch", &batch)?.first(size("length", length)?)?;
    let verdict = Memory::of(env, "verdict", &verdict)?;
    if batch.overlaps(&verdict) {
        return Err(Error::Argument("batch and verdict share memory".into()));
    }
    // SAFETY: the memory of both is apart from each other, as just checked, and is theirs for the
    // length of this call: see `Memory`.
    let (batch, verdict) = unsafe { (batch.bytes(), verdict.bytes_mut()) };
    let written = KERNELS.push_batch(id(handle), batch, watermark_ms, now_ms, verdict)?;
    to_jint("the verdict's size", written)
}

fn flush(_: &mut Env, _: JClass, handle: jlong, watermark_ms: jlong) -> Result<()> {
    KERNELS.flush(id(handle), watermark_ms)
}

fn push(env: &mut Env, _: JClass, handle: jlong, block: JByteArray) -> Result<()> {
    KERNELS.push(id(handle), &given_bytes(env, "block", &block)?)
}

fn fire(_: &mut Env, _: JClass, handle: jlong, bucket: jlong) -> Result<()> {
    KERNELS.fire(id(handle), bucket)
}

fn pull(env: &mut Env, _: JClass, handle: jlong, out: JByteBuffer) -> Result<jint> {
    let out = Memory::of(env, "out", &out)?;
    // SAFETY: the memory is ours for the length of this call: see `Memory`.
    let out = unsafe { out.bytes_mut() };
    to_jint("the buffer that the next frame needs", KERNELS.pull(id(handle), out)?)
}

fn load(env: &mut Env, _: JClass, handle: jlong, state: JByteArray) -> Result<()> {
    KERNELS.load(id(handle), &given_bytes(env, "state", &state)?)
}

fn save<'local>(env: &mut Env<'local>, _: JClass<'local>, handle: jlong) -> Result<JByteArray<'local>> {
    Ok(env.byte_array_from_slice(&KERNELS.save(id(handle))?)?)
}

fn counter_names<'local>(env: &mut Env<'local>, _: JClass<'local>, handle: jlong) -> Result<JString<'local>> {
    Ok(JString::from_str(env, KERNELS.counter_names(id(handle))?.join("\n"))?)
}

fn take_counts(env: &mut Env, _: JClass, handle: jlong, counts: JLongArray) -> Result<()> {
    if counts.is_null() {
        return Err(Error::Argument("counts is null".into()));
    }
    let mut taken = vec![0; counts.len(env)?];
    KERNELS.take_counts(id(handle), &mut taken)?;
    let values: Vec<jlong> =
        taken.iter().map(|&count| jlong::try_from(count).unwrap_or(jlong::MAX)).collect();
    Ok(counts.set_region(env, 0, &values)?)
}

fn memory_bytes(_: &mut Env, _: JClass, handle: jlong) -> Result<jlong> {
    to_jlong("the kernel's memory", KERNELS.memory_bytes(id(handle))?)
}

fn close(_: &mut Env, _: JClass, handle: jlong) -> Result<()> {
    KERNELS.close(id(handle))
}

/// A copy of an array that must be there.
fn given_bytes(env: &Env, name: &str, array: &JByteArray) -> Result<Vec<u8>> {
    if array.is_null() {
        return Err(Error::Argument(format!("{name} is null")));
    }
    Ok(env.convert_byte_array(array)?)
}

/// The memory of a direct buffer, as address and length.
///
/// Its bytes are only to be used during the native call that was given the buffer: that call holds
/// a reference which keeps the memory, and `NativeKernels` demands of its callers that the buffer is
/// writable and that nobody else touches it meanwhile.
struct Memory {
    start: *mut u8,
    length: usize,
}

impl Memory {
    fn of(env: &Env, name: &str, buffer: &JByteBuffer) -> Result<Memory> {
        if buffer.is_null() {
            return Err(Error::Argument(format!("{name} is null")));
        }
        let not_direct = |_| Error::Argument(format!("{name} is not a direct buffer"));
        Ok(Memory {
            start: env.get_direct_buffer_address(buffer).map_err(not_direct)?,
            length: env.get_direct_buffer_capacity(buffer).map_err(not_direct)?,
        })
    }

    fn first(self, length: usize) -> Result<Memory> {
        if length > self.length {
            let capacity = self.length;
            let text = format!("length is {length}, the buffer's capacity only {capacity}");
            return Err(Error::Argument(text));
        }
        Ok(Memory { length, ..self })
    }

    fn overlaps(&self, other: &Memory) -> bool {
        let (a, b) = (self.start.addr(), other.start.addr());
        a < b + other.length && b < a + self.length
    }

    /// # Safety
    /// Within the call that was given the buffer, and while no `bytes_mut` of overlapping memory is
    /// alive.
    unsafe fn bytes<'call>(self) -> &'call [u8] {
        // SAFETY: the JVM gave address and capacity of memory that lives as long as the buffer, and
        // zeroes or fills all of it; the rest is the caller's promise.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }

    /// # Safety
    /// As `bytes`, and no other use of overlapping memory may be alive.
    unsafe fn bytes_mut<'call>(self) -> &'call mut [u8] {
        // SAFETY: as in `bytes`.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.length) }
    }
}

/// A negative handle was never given out, and neither was 0.
fn id(handle: jlong) -> u64 {
    u64::try_from(handle).unwrap_or(0)
}

fn unsigned(name: &str, value: jint) -> Result<u32> {
    u32::try_from(value).map_err(|_| Error::Argument(format!("{name} must not be negative, is {value}")))
}

fn size(name: &str, value: jint) -> Result<usize> {
    Ok(unsigned(name, value)? as usize)
}

fn to_jint<T: TryInto<jint> + Copy + std::fmt::Display>(name: &str, value: T) -> Result<jint> {
    value.try_into().map_err(|_| Error::Kernel(format!("{name}, {value}, is beyond an int of Java")))
}

fn to_jlong<T: TryInto<jlong> + Copy + std::fmt::Display>(name: &str, value: T) -> Result<jlong> {
    value.try_into().map_err(|_| Error::Kernel(format!("{name}, {value}, is beyond a long of Java")))
}

/// Throws errors and panics as Java exceptions that carry their text.
struct Throw;

const KERNEL_EXCEPTION: &JNIStr = jni_str!("io/callweave/nativelib/KernelException");

impl<T: Default> ErrorPolicy<T, Error> for Throw {
    type Captures<'unowned_env_local: 'native_method, 'native_method> = ();

    fn on_error<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        _: &mut (),
        error: Error,
    ) -> jni::errors::Result<T> {
        let class = match error {
            Error::Kernel(_) | Error::Jni(_) => KERNEL_EXCEPTION,
            Error::Argument(_) => jni_str!("java/lang/IllegalArgumentException"),
            Error::State(_) => jni_str!("java/lang/IllegalStateException"),
        };
        throw(env, class, error.to_string())
    }

    fn on_panic<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        _: &mut (),
        payload: Box<dyn Any + Send + 'static>,
    ) -> jni::errors::Result<T> {
        throw(env, KERNEL_EXCEPTION, panic_text(&*payload))
    }
}

/// Leaves an exception for the caller, unless one is there already.
fn throw<T: Default>(env: &mut Env, class: &JNIStr, text: String) -> jni::errors::Result<T> {
    if !env.exception_check() {
        // FindClass asks the class loader of the calling method's class. A look-up by name in
        // `throw_new` would ask that of the thread first, and may find the class of another job.
        let class = env.find_class(class)?;
        match env.throw_new(class, JNIString::from(text)) {
            Err(jni::errors::Error::JavaException) | Ok(()) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(T::default())
}
