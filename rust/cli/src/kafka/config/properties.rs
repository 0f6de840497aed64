//! Java properties files, with references to further ones.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use encoding_rs::UTF_8;
use java_properties::{LineContent, PropertiesIter};

/// Names and values.
pub type Properties = BTreeMap<String, String>;

const PROVIDERS: &str = "config.providers";
const FILE_PROVIDER: &str = "org.apache.kafka.common.config.provider.FileConfigProvider";

/// A larger file of properties is not read: it would be something else.
const MAX_BYTES: u64 = 1 << 20;
const WANTED: &str = "a Java properties file";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a file says.
#[derive(Debug, Default)]
pub struct Given {
    /// Names and values.
    pub properties: Properties,
    /// The line on which each of them begins, from 1.
    pub lines: BTreeMap<String, usize>,
}

/// Reads a file as Java does, in ISO 8859-1, and replaces `${NAME:PATH:KEY}` by what the file PATH has
/// for KEY, where `config.providers` declares NAME as Kafka's provider for files.
///
/// # Errors
/// When a file cannot be read or has no such key. No message has a value.
pub fn read(file: &Path) -> anyhow::Result<Given> {
    let bytes = read_bytes(file, MAX_BYTES, WANTED).context("cannot be read")?;
    let text: String = bytes.into_iter().map(char::from).collect();
    let mut given = parse(&text)?;
    let providers = file_providers(&given.properties)?;
    given.properties.retain(|name, _| name != PROVIDERS && !name.starts_with("config.providers."));
    for (name, value) in &mut given.properties {
        *value = resolved(value, &providers).with_context(|| name.clone())?;
    }
    Ok(given)
}

/// The bytes of a file of the configuration, without a byte-order mark. `wanted` says what it has to be.
///
/// # Errors
/// When it cannot be read, or has more than `max_bytes`, as a device without an end has.
pub fn read_bytes(file: &Path, max_bytes: u64, wanted: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        let message = format!("it is larger than {} MiB; {wanted} is wanted", max_bytes >> 20);
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(bytes)
}

fn parse(text: &str) -> anyhow::Result<Given> {
    let mut given = Given::default();
    for line in PropertiesIter::new_with_encoding(text.as_bytes(), UTF_8) {
        // The parser's own message may quote what stands there.
        let line = line.map_err(|error| match error.line_number() {
            Some(line) => anyhow::anyhow!("line {line} is no line of a Java properties file"),
            None => anyhow::anyhow!("is no Java properties file"),
        })?;
        let number = line.line_number();
        if let LineContent::KVPair(name, value) = line.consume_content() {
            given.lines.insert(name.clone(), number);
            given.properties.insert(name, value);
        }
    }
    Ok(given)
}

/// The names under which values may refer to files.
fn file_providers(properties: &Properties) -> anyhow::Result<Vec<String>> {
    let declared = properties.get(PROVIDERS).map_or("", String::as_str);
    let names = declared.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut providers = Vec::new();
    for name in names {
        let class = properties.get(&format!("{PROVIDERS}.{name}.class"));
        anyhow::ensure!(
            class.map(|class| class.trim()) == Some(FILE_PROVIDER),
            "the provider {name} of config.providers is not supported; \
             set {PROVIDERS}.{name}.class={FILE_PROVIDER}"
        );
        providers.push(name.to_owned());
    }
    Ok(providers)
}

fn resolved(value: &str, providers: &[String]) -> anyhow::Result<String> {
    let mut result = String::new();
    let mut rest = value;
    while let Some((before, reference)) = rest.split_once("${") {
        let Some((reference, after)) = reference.split_once('}') else {
            break;
        };
        result.push_str(before);
        match reference.split_once(':') {
            Some((name, place)) if providers.iter().any(|provider| provider == name) => {
                result.push_str(&looked_up(name, place)?);
            }
            _ => result.extend(["${", reference, "}"]),
        }
        rest = after;
    }
    result.push_str(rest);
    Ok(result)
}

fn looked_up(provider: &str, place: &str) -> anyhow::Result<String> {
    let (path, key) =
        place.split_once(':').with_context(|| format!("a reference is written ${{{provider}:PATH:KEY}}"))?;
    // Unlike the properties themselves, Kafka reads these files as UTF-8.
    let failed = || format!("cannot read {path}");
    let bytes = read_bytes(Path::new(path), MAX_BYTES, WANTED).with_context(failed)?;
    let text =
        String::from_utf8(bytes).ok().with_context(|| format!("{path} is not UTF-8, which is wanted"))?;
    let mut values = parse(&text).with_context(|| path.to_owned())?.properties;
    values.remove(key).with_context(|| format!("{path} has no property {key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn given(bytes: &[u8]) -> anyhow::Result<Given> {
        let folder = folder();
        let file = folder.path().join("client.properties");
        std::fs::write(&file, bytes).unwrap();
        read(&file)
    }

    fn properties(bytes: &[u8]) -> anyhow::Result<Properties> {
        given(bytes).map(|given| given.properties)
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_lines_are_counted_as_an_editor_does() {
        let given = given(b"\xef\xbb\xbfa=1\n\n# a comment\nb=2 \\\n  more\nc=3\n").unwrap();
        let lines: Vec<_> = given.lines.iter().map(|(name, line)| (name.as_str(), *line)).collect();
        assert_eq!(lines, [("a", 1), ("b", 4), ("c", 6)]);
    }

    #[test]
    fn a_file_without_an_end_is_not_read_to_its_end() {
        let error = format!("{:#}", read(Path::new("/dev/zero")).unwrap_err());
        assert_eq!(error, "cannot be read: it is larger than 1 MiB; a Java properties file is wanted");
        let declared = format!("config.providers=f\nconfig.providers.f.class={FILE_PROVIDER}\n");
        let error = properties(format!("{declared}a=${{f:/dev/zero:key}}\n").as_bytes()).unwrap_err();
        assert!(format!("{error:#}").contains("/dev/zero: it is larger than 1 MiB"), "{error:#}");
        let full = [b"a=1\n#", vec![b'x'; (1 << 20) - 5].as_slice()].concat();
        assert_eq!(properties(&full).unwrap()["a"], "1");
    }

    #[test]
    fn escapes_continued_lines_and_comments_are_read_as_java_reads_them() {
        let text =
            b"# a comment\n! another\nkey\\ with\\:signs = a\\tb \\\n   continued\nunicode:\\u00e4\nempty=\n";
        let read = properties(text).unwrap();
        assert_eq!(read["key with:signs"], "a\tb continued");
        assert_eq!(read["unicode"], "\u{e4}");
        assert_eq!(read["empty"], "");
        assert_eq!(read.len(), 3);
    }

    #[test]
    fn bytes_above_ascii_are_latin_1() {
        let read = properties(b"key=\xe4\x84").unwrap();
        assert_eq!(read["key"], "\u{e4}\u{84}");
    }

    #[test]
    fn a_broken_escape_is_named_by_its_line_and_not_quoted() {
        let error = format!("{:#}", properties(b"a=1\npassword=secret\\u00zz\n").unwrap_err());
        assert!(error.contains("line 2"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn a_reference_to_a_file_is_replaced_where_its_provider_is_declared() {
        let folder = folder();
        let secrets = folder.path().join("secrets");
        std::fs::write(&secrets, "login=L\u{e4}:1\n").unwrap();
        let secrets = secrets.display();
        let declared = format!(
            "config.providers=file\nconfig.providers.file.class={FILE_PROVIDER}\n\
             a=<${{file:{secrets}:login}}>\nb=${{env::HOME}} ${{\n"
        );
        let read = properties(declared.as_bytes()).unwrap();
        assert_eq!(read["a"], "<L\u{e4}:1>");
        assert_eq!(read["b"], "${env::HOME} ${");
        assert_eq!(read.len(), 2);
        let undeclared = format!("a=${{file:{secrets}:login}}");
        assert_eq!(properties(undeclared.as_bytes()).unwrap()["a"], undeclared[2..]);
    }

    #[test]
    fn what_a_reference_does_not_find_is_named() {
        let declared = format!("config.providers=f\nconfig.providers.f.class={FILE_PROVIDER}\n");
        for (reference, expected) in [
            ("${f:/no/such/file:key}", "a: cannot read /no/such/file"),
            ("${f:/dev/null:key}", "a: /dev/null has no property key"),
            ("${f:key}", "a: a reference is written ${f:PATH:KEY}"),
        ] {
            let error = properties(format!("{declared}a={reference}\n").as_bytes()).unwrap_err();
            assert!(format!("{error:#}").starts_with(expected), "{error:#}");
        }
        let error =
            properties(b"config.providers=vault\nconfig.providers.vault.class=x.Vault\n").unwrap_err();
        assert!(error.to_string().contains("the provider vault of config.providers"), "{error}");
    }
}
