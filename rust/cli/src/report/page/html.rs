//! The frame of the page, with all that it needs inside.

use base64::prelude::{Engine, BASE64_STANDARD};
use sha2::{Digest, Sha256};

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// Libraries with the licences that have to go with them.
const D3: &str =
    concat!("/*!\n", include_str!("vendor/d3.LICENSE"), "*/\n", include_str!("vendor/d3.min.js"));
const DAGRE: &str =
    concat!("/*!\n", include_str!("vendor/dagre.LICENSE"), "*/\n", include_str!("vendor/dagre.min.js"));
/// The page's own scripts, in one scope.
const SCRIPT: &str = concat!(
    "\"use strict\";\n(() => {\n",
    include_str!("base.js"),
    include_str!("tables.js"),
    include_str!("charts.js"),
    include_str!("map.js"),
    include_str!("chains.js"),
    include_str!("links.js"),
    include_str!("main.js"),
    "})();\n"
);

/// The page with this title and this JSON. Only its own scripts and style are run, which is what their hashes say,
/// and nothing is fetched, whatever stands in names.
pub fn html(title: &str, json: &str) -> String {
    let scripts = [D3, DAGRE, SCRIPT].map(hash).join(" ");
    let style = hash(STYLE);
    let policy = format!(
        "default-src 'none'; script-src {scripts}; style-src {style}; base-uri 'none'; form-action 'none'"
    );
    let (title, json) = (escaped(title), json.replace('<', "\\u003c"));
    let mut page = String::with_capacity(FRAME.len() + json.len() + D3.len() + DAGRE.len() + SCRIPT.len());
    let mut rest = FRAME;
    // In one pass, so that nothing is looked for in what was put in.
    while let Some((before, marked)) = rest.split_once("{{") {
        page.push_str(before);
        let (name, after) = marked.split_once("}}").unwrap_or((marked, ""));
        page.push_str(match name {
            "title" => &title,
            "policy" => &policy,
            "style" => STYLE,
            "data" => &json,
            "d3" => D3,
            "dagre" => DAGRE,
            "script" => SCRIPT,
            _ => "",
        });
        rest = after;
    }
    page.push_str(rest);
    page
}

/// As a policy names what it allows.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// A text that stands in HTML, also in quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_is_filled_and_nothing_of_it_is_left_open() {
        let page = html("a < b {{data}}", r#"{"names":["</script><script>alert(1)</script>","{{style}}"]}"#);
        assert!(page.contains("<title>a &lt; b {{data}}</title>"));
        assert!(page.contains(r#"["\u003c/script>\u003cscript>alert(1)\u003c/script>","{{style}}"]"#));
        assert_eq!(page.matches("<script").count(), 4, "data, two libraries, the page's own");
        assert_eq!(page.matches("</script>").count(), 4);
    }

    #[test]
    fn nothing_that_is_put_into_the_frame_ends_its_element() {
        for script in [D3, DAGRE, SCRIPT] {
            let script = script.to_ascii_lowercase();
            assert!(!script.contains("</script") && !script.contains("<!--"));
        }
        assert!(!STYLE.contains("</"));
    }

    #[test]
    fn licences_go_with_the_libraries() {
        assert!(D3.contains("Copyright 2010-2026 Mike Bostock") && D3.contains("Permission to use, copy"));
        assert!(DAGRE.contains("Chris Pettitt") && DAGRE.contains("Permission is hereby granted"));
    }

    #[test]
    fn the_page_asks_for_nothing() {
        for text in [FRAME, STYLE, SCRIPT] {
            for ask in
                ["http://", "https://", "src=", "url(", "@import", "fetch(", "XMLHttpRequest", "innerHTML"]
            {
                // A name, and a part of the page itself.
                let text = text.replace("http://www.w3.org/2000/svg", "").replace("url(#", "");
                assert!(!text.contains(ask), "{ask}");
            }
        }
    }
}
