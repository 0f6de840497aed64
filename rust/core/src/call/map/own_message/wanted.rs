//! What a map reads of a message: its places, looked up in the description of the message.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::super::tree::{Node, Step, Tree};
use super::names;

/// Seconds and nanoseconds, which are read as one number.
const INSTANTS: [&str; 2] = ["google.protobuf.Timestamp", "google.protobuf.Duration"];

/// A field that is read.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub field: FieldDescriptor,
    pub shape: Shape,
}

/// What is read of the values of a field.
#[derive(Debug, Clone)]
pub enum Shape {
    Scalar,
    /// The nanoseconds of one of [`INSTANTS`].
    Nanos,
    Fields(Vec<Wanted>),
}

/// What the places of a map read of a message.
///
/// # Errors
/// When the message does not have one of them; to follow the name of the option.
pub fn of_tree(message: &MessageDescriptor, tree: &Tree) -> Result<Vec<Wanted>, String> {
    wanted(message, &steps([tree.root()], "the record")?, "")
}

/// The names that are read of an object, each with what is read there.
type Steps<'a> = Vec<(&'a str, Vec<&'a Node>)>;

/// The steps into an object, of all these nodes; `path` is where it stands.
fn steps<'a>(nodes: impl IntoIterator<Item = &'a Node>, path: &str) -> Result<Steps<'a>, String> {
    let mut steps: Steps<'a> = Vec::new();
    for (step, node) in nodes.into_iter().flat_map(Node::steps) {
        match step {
            Step::Name(name) => add(&mut steps, name, Some(node)),
            Step::Where { name, .. } => {
                return Err(format!(
                    "reads {path}, and looks for an element by its field {name} in what is no list"
                ))
            }
        }
    }
    Ok(steps)
}

fn add<'a>(steps: &mut Steps<'a>, name: &'a str, node: Option<&'a Node>) {
    match steps.iter_mut().find(|(known, _)| *known == name) {
        Some((_, nodes)) => nodes.extend(node),
        None => steps.push((name, node.into_iter().collect())),
    }
}

/// The steps into the elements of a list or the values of a map, of all these nodes; what an element is looked for by
/// is read, too.
fn steps_of_elements<'a>(nodes: &[&'a Node], path: &str) -> Result<(bool, Steps<'a>), String> {
    let below: Vec<&Node> = nodes.iter().flat_map(|node| node.steps()).map(|(_, node)| node).collect();
    let mut steps = steps(below.iter().copied(), path)?;
    for (step, _) in nodes.iter().flat_map(|node| node.steps()) {
        if let Step::Where { name, .. } = step {
            add(&mut steps, name, None);
        }
    }
    Ok((below.iter().any(|node| node.is_place()), steps))
}

/// The fields of a message that these steps read; `path` is where it stands.
fn wanted(message: &MessageDescriptor, steps: &Steps<'_>, path: &str) -> Result<Vec<Wanted>, String> {
    let find = |(name, nodes): &(&str, Vec<&Node>)| {
        let field = message.get_field_by_name(name).ok_or_else(|| {
            let known = names(message.fields().map(|field| field.name().to_owned()));
            format!("reads {path}{name}, which {} has not; it has {known}", message.full_name())
        })?;
        let path = format!("{path}{name}");
        let shape = shape(&field, nodes, &path)?;
        Ok(Wanted { field, shape })
    };
    steps.iter().map(find).collect()
}

fn shape(field: &FieldDescriptor, nodes: &[&Node], path: &str) -> Result<Shape, String> {
    let is_read = nodes.iter().any(|node| node.is_place());
    let (is_read, steps) = match (field.is_list(), field.is_map()) {
        (true, _) if is_read => {
            return Err(format!(
                "reads {path}, and a list is no value; one of its elements is wanted, as {path}.0"
            ))
        }
        (_, true) if is_read => {
            return Err(format!(
                "reads {path}, and a map is no value; that of a key is wanted, as {path}.KEY"
            ))
        }
        (false, false) => (is_read, steps(nodes.iter().copied(), path)?),
        _ => steps_of_elements(nodes, path)?,
    };
    let kind = match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
        kind => kind,
    };
    match kind {
        Kind::Message(message) if steps.is_empty() && INSTANTS.contains(&message.full_name()) => {
            Ok(Shape::Nanos)
        }
        Kind::Message(message) if is_read || steps.is_empty() => Err(format!(
            "reads {path}, and a {} is no value; one of its fields is wanted",
            message.full_name()
        )),
        Kind::Message(message) => wanted(&message, &steps, &format!("{path}.")).map(Shape::Fields),
        _ if steps.is_empty() => Ok(Shape::Scalar),
        kind => Err(format!("reads {path}, and a {kind:?} has no fields")),
    }
}
