//! The places in a record that a map reads, and how they are found in one pass.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::string;
use crate::json_text::unescape;

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The field of an object with this name, or the element of an array with this number, from 0.
    Name(String),
    /// The first element of an array that is an object whose field `name` is the string `is`.
    Where {
        /// The name of the field.
        name: String,
        /// What it is.
        is: String,
    },
}

/// Steps from the record to a value; at least one.
pub type Path = Vec<Step>;

/// What stands at each place: a JSON value as written, or nothing.
pub type Values<'a> = [Option<&'a str>];

/// All places of a map. Each has a number; those below a node are numbered one after the other.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    root: Node,
}

/// What is read below a place.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// Whether a value is read here; it is the first of `places` then.
    is_place: bool,
    places: Range<usize>,
    steps: Vec<(Step, Node)>,
}

impl Tree {
    /// The tree of these paths.
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Self {
        let mut root = Node::default();
        for path in paths {
            root.add(path);
        }
        root.number(0);
        Tree { root }
    }

    /// How many places there are.
    pub fn places(&self) -> usize {
        self.root.places.len()
    }

    /// What is read of a record.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The number of the place of a path, one of those the tree is made of.
    pub fn place(&self, path: &Path) -> Option<usize> {
        let node = path.iter().try_fold(&self.root, |node, step| node.step(step))?;
        node.is_place.then_some(node.places.start)
    }

    /// Reads a record into `values`, as many as there are places, all of them `None`. `other` gets the name
    /// with its quotes and the value of each field of the record. Of fields with one name the last counts.
    /// Costs one pass over the record, and one more over each value that is stepped into.
    pub fn read<'a>(
        &self,
        record: &'a str,
        values: &mut Values<'a>,
        mut field: impl FnMut(&'a str, &'a str),
    ) -> serde_json::Result<()> {
        object(record, |name, value| {
            field(name, value);
            self.root.read_field(name, value, values)
        })
    }
}

impl Node {
    /// Whether the value itself is read.
    pub fn is_place(&self) -> bool {
        self.is_place
    }

    /// The steps into it.
    pub fn steps(&self) -> &[(Step, Node)] {
        &self.steps
    }

    fn add(&mut self, path: &[Step]) {
        let Some((step, rest)) = path.split_first() else {
            self.is_place = true;
            return;
        };
        let at = match self.steps.iter().position(|(known, _)| known == step) {
            Some(at) => at,
            None => {
                self.steps.push((step.clone(), Node::default()));
                self.steps.len() - 1
            }
        };
        self.steps[at].1.add(rest);
    }

    fn number(&mut self, begin: usize) {
        let mut end = begin + usize::from(self.is_place);
        for (_, node) in &mut self.steps {
            node.number(end);
            end = node.places.end;
        }
        self.places = begin..end;
    }

    fn step(&self, step: &Step) -> Option<&Node> {
        self.steps.iter().find_map(|(known, node)| (known == step).then_some(node))
    }

    /// Reads what lies in a value that is no place yet to read.
    fn read<'a>(&self, value: &'a str, values: &mut Values<'a>) -> serde_json::Result<()> {
        values[self.places.clone()].fill(None);
        if self.is_place {
            values[self.places.start] = Some(value);
        }
        if self.steps.is_empty() {
            return Ok(());
        }
        match value.as_bytes().first() {
            Some(b'{') => object(value, |name, value| self.read_field(name, value, values)),
            Some(b'[') => array(value, |index, value| self.read_element(index, value, values)),
            _ => Ok(()),
        }
    }

    /// `name` has its quotes.
    fn read_field<'a>(&self, name: &str, value: &'a str, values: &mut Values<'a>) -> serde_json::Result<()> {
        let name = string(name).and_then(unescape);
        let is_named =
            |step: &Step| matches!((step, &name), (Step::Name(known), Some(name)) if known == name);
        match self.steps.iter().find(|(step, _)| is_named(step)) {
            Some((_, node)) => node.read(value, values),
            None => Ok(()),
        }
    }

    fn read_element<'a>(
        &self,
        index: usize,
        element: &'a str,
        values: &mut Values<'a>,
    ) -> serde_json::Result<()> {
        // Conditions mostly look at one field, so each element is searched once for all of them.
        let mut looked_up: Option<(&str, Option<&str>)> = None;
        for (step, node) in &self.steps {
            let is_meant = match step {
                Step::Name(name) => name.parse() == Ok(index),
                Step::Where { name, is } => {
                    let found = match looked_up {
                        Some((known, found)) if known == name => found,
                        _ => field(element, name)?,
                    };
                    looked_up = Some((name, found));
                    let is_first = values[node.places.clone()].iter().all(Option::is_none);
                    is_first && found.is_some_and(|value| is_text(value, is))
                }
            };
            if is_meant {
                node.read(element, values)?;
            }
        }
        Ok(())
    }
}

/// The value of the field of this name, if it is one of an object.
fn field<'a>(value: &'a str, wanted: &str) -> serde_json::Result<Option<&'a str>> {
    let mut found = None;
    if value.starts_with('{') {
        object(value, |name, value| {
            if string(name).and_then(unescape).as_deref() == Some(wanted) {
                found = Some(value);
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// Whether a JSON value is this string, or is a number or a truth value that is written so.
pub fn is_text(value: &str, text: &str) -> bool {
    let written = string(value).map_or(Some(Cow::Borrowed(value)), unescape);
    written.is_some_and(|written| written == text)
}

/// Hands each field of an object to `each`, its name with quotes and its value as written.
fn object<'a>(
    text: &'a str,
    each: impl FnMut(&'a str, &'a str) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_any(Fields(each))?;
    deserializer.end()
}

/// Hands each element of an array to `each`, with its number.
fn array<'a>(
    text: &'a str,
    each: impl FnMut(usize, &'a str) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    serde_json::Deserializer::from_str(text).deserialize_any(Elements(each))
}

struct Fields<F>(F);

impl<'de, F: FnMut(&'de str, &'de str) -> serde_json::Result<()>> Visitor<'de> for Fields<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<&RawValue>()? {
            let value: &RawValue = map.next_value()?;
            (self.0)(name.get(), value.get()).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

struct Elements<F>(F);

impl<'de, F: FnMut(usize, &'de str) -> serde_json::Result<()>> Visitor<'de> for Elements<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(element) = elements.next_element::<&RawValue>()? {
            (self.0)(index, element.get()).map_err(A::Error::custom)?;
            index += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Step {
        Step::Name(name.to_owned())
    }

    fn read(paths: &[Path], record: &str) -> Vec<Option<String>> {
        let tree = Tree::new(paths);
        let mut values = vec![None; tree.places()];
        tree.read(record, &mut values, |_, _| {}).unwrap();
        paths.iter().map(|path| values[tree.place(path).unwrap()].map(str::to_owned)).collect()
    }

    #[test]
    fn values_are_found_in_objects_and_arrays() {
        let key = |is: &str| Step::Where { name: "key".to_owned(), is: is.to_owned() };
        let paths = [
            vec![name("a")],
            vec![name("a"), name("b")],
            vec![name("l"), name("1"), name("x")],
            vec![name("l"), key("k"), name("v")],
            vec![name("l"), name("9")],
            vec![name("é")],
        ];
        let record = r#"{"l":[7,{"x":[1,2],"key":"n"},{"v":8,"key":"\u006b"},{"key":"k","v":9}],
            "a":{"b":"in","c":{}}, "\u00e9": null}"#;
        let found = read(&paths, record);
        let expected =
            [Some(r#"{"b":"in","c":{}}"#), Some("\"in\""), Some("[1,2]"), Some("8"), None, Some("null")];
        assert_eq!(found, expected.map(|value| value.map(str::to_owned)));
    }

    #[test]
    fn of_equal_names_the_last_one_counts_with_all_that_lies_in_it() {
        let paths = [vec![name("a"), name("b")], vec![name("a"), name("c")]];
        assert_eq!(read(&paths, r#"{"a":{"b":1,"c":2},"a":{"c":3}}"#), [None, Some("3".to_owned())]);
        assert_eq!(read(&paths, r#"{"a":{"b":1},"a":0}"#), [None, None]);
    }

    #[test]
    fn values_may_be_nested_deeper_than_any_stack() {
        let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(200_000), close.repeat(200_000));
        for value in [deep("[", "]"), deep("{\"a\":", "}")] {
            let record = format!(r#"{{"z":{value},"a":{value}}}"#);
            assert!(read(&[vec![name("a"), name("0"), name("0")]], &record).len() == 1);
        }
    }
}
