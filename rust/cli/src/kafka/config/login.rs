//! `sasl.jaas.config`: who logs in.

use std::iter::Peekable;
use std::str::Chars;

use anyhow::Context;

const GRAMMAR: &str = "sasl.jaas.config is written MODULE required NAME=\"VALUE\" ...;";
const FLAGS: [&str; 4] = ["required", "requisite", "sufficient", "optional"];
const MODULES: [&str; 2] = [
    "org.apache.kafka.common.security.plain.PlainLoginModule",
    "org.apache.kafka.common.security.scram.ScramLoginModule",
];

/// A user and the password.
#[derive(PartialEq, Eq)]
pub struct Login {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: String,
}

#[derive(PartialEq, Eq)]
enum Token {
    /// A word, or a quoted text.
    Text(String),
    Sign(char),
}

impl Login {
    /// Takes the login of Kafka's modules for PLAIN and SCRAM.
    ///
    /// # Errors
    /// When it is of another module or not written right. No message quotes what stands there, since
    /// a password may stand in any place.
    pub fn parse(jaas: &str) -> anyhow::Result<Self> {
        let mut tokens = tokens(jaas)?.into_iter();
        let mut next_text = || match tokens.next() {
            Some(Token::Text(text)) => Ok(text),
            _ => Err(anyhow::anyhow!(GRAMMAR)),
        };
        let (module, flag) = (next_text()?, next_text()?);
        anyhow::ensure!(FLAGS.iter().any(|known| known.eq_ignore_ascii_case(&flag)), GRAMMAR);
        anyhow::ensure!(
            MODULES.contains(&module.as_str()),
            "sasl.jaas.config: of the login modules only {} and {} are supported",
            MODULES[0],
            MODULES[1]
        );
        let (mut username, mut password) = (None, None);
        loop {
            match tokens.next() {
                Some(Token::Sign(';')) => break,
                Some(Token::Text(name)) => {
                    let (Some(Token::Sign('=')), Some(Token::Text(value))) = (tokens.next(), tokens.next())
                    else {
                        anyhow::bail!(GRAMMAR);
                    };
                    match name.as_str() {
                        "username" => username = Some(value),
                        "password" => password = Some(value),
                        "tokenauth" if value.eq_ignore_ascii_case("true") => {
                            anyhow::bail!(
                                "sasl.jaas.config: tokenauth is not supported; log in with a password"
                            )
                        }
                        _ => {}
                    }
                }
                _ => anyhow::bail!(GRAMMAR),
            }
        }
        anyhow::ensure!(tokens.next().is_none(), "sasl.jaas.config has more than one login; one is possible");
        let missing = |name: &str| format!("sasl.jaas.config has no {name}");
        Ok(Self {
            username: username.with_context(|| missing("username"))?,
            password: password.with_context(|| missing("password"))?,
        })
    }
}

fn tokens(jaas: &str) -> anyhow::Result<Vec<Token>> {
    let mut chars = jaas.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(&next) = chars.peek() {
        match next {
            '"' | '\'' => tokens.push(Token::Text(quoted(&mut chars)?)),
            ';' | '=' => tokens.extend(chars.next().map(Token::Sign)),
            _ if next.is_whitespace() => {
                chars.next();
            }
            _ if is_of_word(next) => {
                tokens.push(Token::Text(std::iter::from_fn(|| chars.next_if(|&c| is_of_word(c))).collect()));
            }
            _ => anyhow::bail!(GRAMMAR),
        }
    }
    Ok(tokens)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '$')
}

/// A quoted text, with Java's escapes.
fn quoted(chars: &mut Peekable<Chars<'_>>) -> anyhow::Result<String> {
    let quote = chars.next();
    let mut text = String::new();
    loop {
        let next = chars.next();
        match next {
            None | Some('\n' | '\r') => anyhow::bail!(GRAMMAR),
            _ if next == quote => return Ok(text),
            Some('\\') => text.push(escaped(chars)?),
            Some(c) => text.push(c),
        }
    }
}

fn escaped(chars: &mut Peekable<Chars<'_>>) -> anyhow::Result<char> {
    let c = chars.next().context(GRAMMAR)?;
    let Some(first) = c.to_digit(8) else {
        return Ok(match c {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            other => other,
        });
    };
    let mut code = first;
    let most_digits = if first <= 3 { 3 } else { 2 };
    for _ in 1..most_digits {
        match chars.next_if(|c| c.is_digit(8)).and_then(|c| c.to_digit(8)) {
            Some(digit) => code = code * 8 + digit,
            None => break,
        }
    }
    char::from_u32(code).context(GRAMMAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(jaas: &str) -> Result<(String, String), String> {
        let login = Login::parse(jaas).map_err(|error| format!("{error:#}"))?;
        Ok((login.username, login.password))
    }

    fn login(username: &str, password: &str) -> Result<(String, String), String> {
        Ok((username.to_owned(), password.to_owned()))
    }

    #[test]
    fn the_login_of_both_modules_is_taken() {
        for module in MODULES {
            let jaas = format!("{module} required username=\"u\" password=\"p=;' x\" ;");
            assert_eq!(parse(&jaas), login("u", "p=;' x"));
        }
        let loose = format!("\n{} Required\n  password='p' serviceName=kafka username=u;\n", MODULES[0]);
        assert_eq!(parse(&loose), login("u", "p"));
    }

    #[test]
    fn a_quoted_password_has_javas_escapes() {
        let jaas = format!("{} required username=\"a\\\"b\" password=\"\\\\\\101\\t\\q\\0609\";", MODULES[1]);
        assert_eq!(parse(&jaas), login("a\"b", "\\A\tq09"));
    }

    #[test]
    fn what_is_wrong_is_told_without_a_word_of_it() {
        let module = MODULES[0];
        for (jaas, expected) in [
            (String::new(), GRAMMAR),
            (format!("{module} hunter2 username=\"u\";"), GRAMMAR),
            (format!("{module} required username=\"u\" password=\"hunter2\""), GRAMMAR),
            (format!("{module} required username=\"u\" password=\"hunter2;"), GRAMMAR),
            (format!("{module} required username=\"u\" password hunter2;"), GRAMMAR),
            (format!("{module} required username=\"u\" password=hunter2+;"), GRAMMAR),
            (format!("{module} required password=\"hunter2\";"), "has no username"),
            (format!("{module} required username=\"u\";"), "has no password"),
            (format!("{module} required username=\"u\" password=\"hunter2\"; a b;"), "more than one"),
            (format!("{module} required tokenauth=\"true\" password=\"hunter2\";"), "tokenauth"),
            ("hunter2 required username=\"u\";".to_owned(), "of the login modules only"),
        ] {
            let error = parse(&jaas).unwrap_err();
            assert!(error.contains(expected), "{jaas}: {error}");
            assert!(!error.contains("hunter2"), "{jaas}: {error}");
        }
    }
}
