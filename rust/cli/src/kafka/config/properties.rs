//! Java properties files, with references to further ones.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use encoding_rs::UTF_8;
use java_properties::PropertiesIter;

/// Names and values.
pub type Properties = BTreeMap<String, String>;

const PROVIDERS: &str = "config.providers";
const FILE_PROVIDER: &str = "org.apache.kafka.common.config.provider.FileConfigProvider";

/// Reads a file as Java does, in ISO 8859-1, and replaces `${NAME:PATH:KEY}` by what the file PATH has
/// for KEY, where `config.providers` declares NAME as Kafka's provider for files.
///
/// # Errors
/// When a file cannot be read or has no such key. No message has a value.
pub fn read(file: &Path) -> anyhow::Result<Properties> {
    let bytes = std::fs::read(file).context("cannot be read")?;
    let text: String = bytes.into_iter().map(char::from).collect();
    let mut properties = parse(&text)?;
    let providers = file_providers(&properties)?;
    properties.retain(|name, _| name != PROVIDERS && !name.starts_with("config.providers."));
    for (name, value) in &mut properties {
        *value = resolved(value, &providers).with_context(|| name.clone())?;
    }
    Ok(properties)
}

fn parse(text: &str) -> anyhow::Result<Properties> {
    let mut properties = Properties::new();
    let parsed = PropertiesIter::new_with_encoding(text.as_bytes(), UTF_8).read_into(|name, value| {
        properties.insert(name, value);
    });
    // The parser's own message may quote what stands there.
    parsed.map_err(|error| match error.line_number() {
        Some(line) => anyhow::anyhow!("line {line} is no line of a Java properties file"),
        None => anyhow::anyhow!("is no Java properties file"),
    })?;
    Ok(properties)
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
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let mut values = parse(&text).with_context(|| path.to_owned())?;
    values.remove(key).with_context(|| format!("{path} has no property {key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn read_bytes(bytes: &[u8]) -> anyhow::Result<Properties> {
        let folder = folder();
        let file = folder.path().join("client.properties");
        std::fs::write(&file, bytes).unwrap();
        read(&file)
    }

    #[test]
    fn escapes_continued_lines_and_comments_are_read_as_java_reads_them() {
        let text =
            b"# a comment\n! another\nkey\\ with\\:signs = a\\tb \\\n   continued\nunicode:\\u00e4\nempty=\n";
        let read = read_bytes(text).unwrap();
        assert_eq!(read["key with:signs"], "a\tb continued");
        assert_eq!(read["unicode"], "\u{e4}");
        assert_eq!(read["empty"], "");
        assert_eq!(read.len(), 3);
    }

    #[test]
    fn bytes_above_ascii_are_latin_1() {
        let read = read_bytes(b"key=\xe4\x84").unwrap();
        assert_eq!(read["key"], "\u{e4}\u{84}");
    }

    #[test]
    fn a_broken_escape_is_named_by_its_line_and_not_quoted() {
        let error = format!("{:#}", read_bytes(b"a=1\npassword=secret\\u00zz\n").unwrap_err());
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
        let read = read_bytes(declared.as_bytes()).unwrap();
        assert_eq!(read["a"], "<L\u{e4}:1>");
        assert_eq!(read["b"], "${env::HOME} ${");
        assert_eq!(read.len(), 2);
        let undeclared = format!("a=${{file:{secrets}:login}}");
        assert_eq!(read_bytes(undeclared.as_bytes()).unwrap()["a"], undeclared[2..]);
    }

    #[test]
    fn what_a_reference_does_not_find_is_named() {
        let declared = format!("config.providers=f\nconfig.providers.f.class={FILE_PROVIDER}\n");
        for (reference, expected) in [
            ("${f:/no/such/file:key}", "a: cannot read /no/such/file"),
            ("${f:/dev/null:key}", "a: /dev/null has no property key"),
            ("${f:key}", "a: a reference is written ${f:PATH:KEY}"),
        ] {
            let error = read_bytes(format!("{declared}a={reference}\n").as_bytes()).unwrap_err();
            assert!(format!("{error:#}").starts_with(expected), "{error:#}");
        }
        let error =
            read_bytes(b"config.providers=vault\nconfig.providers.vault.class=x.Vault\n").unwrap_err();
        assert!(error.to_string().contains("the provider vault of config.providers"), "{error}");
    }
}
