//! The stack machine of pickles, without any instruction that calls what is not permitted.
//!
//! Objects live in an arena, as a pickle may mention one object many times and fill it later. The arena cannot grow
//! beyond the input, apart from arrays, whose sizes are counted.

use std::collections::HashMap;

use crate::cursor::Cursor;
use crate::error::UnpickleError;
use crate::globals::{Global, Permitted};
use crate::value::{Id, Node, Value};
use crate::{numpy, torch_objects};

/// Longest pickle that is read, in bytes; the published configurations hold 31 kB, the lists of a network's tensors
/// less than 1 MB.
pub const MAX_BYTES: usize = 4 << 20;
/// Most objects of a pickle, and most values in the tree that it stands for.
pub(super) const MAX_VALUES: usize = 1 << 20;
/// Deepest nesting of containers.
pub(super) const MAX_DEPTH: usize = 64;

/// What a pickle stands for.
pub(super) struct Objects {
    /// All objects.
    pub(super) nodes: Vec<Node>,
    /// The one that stands for all.
    pub(super) root: Id,
    /// The number of bytes up to the pickle's end marker, and with it.
    pub(super) length: usize,
}

/// Reads the pickle that the bytes begin with.
pub(super) fn run(bytes: &[u8], permitted: Permitted) -> Result<Objects, UnpickleError> {
    let mut machine = Machine {
        cursor: Cursor::new(bytes),
        permitted,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        nodes: Vec::new(),
        array_bytes: MAX_BYTES,
    };
    let root = machine.run()?;
    Ok(Objects { nodes: machine.nodes, root, length: machine.cursor.at() })
}

struct Machine<'a> {
    cursor: Cursor<'a>,
    permitted: Permitted,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    nodes: Vec<Node>,
    /// Bytes that arrays may still take; many arrays can be made of the same bytes.
    array_bytes: usize,
}

impl Machine<'_> {
    fn run(&mut self) -> Result<Id, UnpickleError> {
        loop {
            if self.nodes.len() > MAX_VALUES {
                return Err(UnpickleError::TooLarge("objects"));
            }
            let at = self.cursor.at();
            let [opcode] = self.cursor.take()?;
            if opcode == b'.' {
                return self.pop();
            }
            if !(self.literal(opcode)? || self.container(opcode)? || self.recall(opcode)? || self.object(opcode)?) {
                return Err(UnpickleError::Opcode { opcode, at });
            }
        }
    }

    /// Runs what puts a plain value on the stack; otherwise false.
    fn literal(&mut self, opcode: u8) -> Result<bool, UnpickleError> {
        let cursor = &mut self.cursor;
        let value = match opcode {
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'K' => Value::Int(i64::from(cursor.take::<1>()?[0])),
            b'M' => Value::Int(i64::from(u16::from_le_bytes(cursor.take()?))),
            b'J' => Value::Int(i64::from(i32::from_le_bytes(cursor.take()?))),
            0x8a => Value::Int(cursor.long()?),
            b'G' => Value::Float(f64::from_be_bytes(cursor.take()?)),
            0x8c => Value::Str(cursor.text(1)?),
            b'X' => Value::Str(cursor.text(4)?),
            0x8d => Value::Str(cursor.text(8)?),
            b'C' => Value::Bytes(cursor.payload(1)?),
            b'B' => Value::Bytes(cursor.payload(4)?),
            0x8e | 0x96 => Value::Bytes(cursor.payload(8)?),
            _ => return Ok(false),
        };
        self.push(Node::Value(value));
        Ok(true)
    }

    /// Runs what makes or fills lists, tuples and mappings; otherwise false.
    fn container(&mut self, opcode: u8) -> Result<bool, UnpickleError> {
        match opcode {
            b'(' => self.marks.push(self.stack.len()),
            b'}' => self.push(Node::Dict(Vec::new())),
            b']' => self.push(Node::List(Vec::new())),
            b')' => self.push(Node::Tuple(Vec::new())),
            0x85..=0x87 => self.tuple(usize::from(opcode - 0x84))?,
            b't' => {
                let items = self.pop_mark()?;
                self.push(Node::Tuple(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set_items(&items)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Runs what remembers or recalls an object; otherwise false.
    fn recall(&mut self, opcode: u8) -> Result<bool, UnpickleError> {
        let slot = match opcode {
            0x94 => self.memo.len() as u64,
            b'q' | b'h' => u64::from(self.cursor.take::<1>()?[0]),
            b'r' | b'j' => u64::from(u32::from_le_bytes(self.cursor.take()?)),
            _ => return Ok(false),
        };
        if matches!(opcode, b'h' | b'j') {
            let id = self.memo.get(&slot);
            let id = id.ok_or(UnpickleError::Malformed("an object is recalled that was never stored"))?;
            self.stack.push(*id);
        } else {
            let top = self.top()?;
            self.memo.insert(slot, top);
        }
        Ok(true)
    }

    /// Runs what makes an object of a permitted name, and what concerns the pickle as a whole; otherwise false.
    fn object(&mut self, opcode: u8) -> Result<bool, UnpickleError> {
        match opcode {
            0x80 => {
                let [protocol] = self.cursor.take()?;
                if !(2..=5).contains(&protocol) {
                    return Err(UnpickleError::Protocol(protocol));
                }
            }
            0x95 => drop(self.cursor.take::<8>()?),
            b'c' => {
                let (module, name) = (self.cursor.line()?, self.cursor.line()?);
                self.push(Node::Global(Global::named(&module, &name, self.permitted)?));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Some(module), Some(name)) = (self.str(module), self.str(name)) else {
                    return Err(UnpickleError::Malformed("a global has no name"));
                };
                let global = Global::named(module, name, self.permitted)?;
                self.push(Node::Global(global));
            }
            b'R' => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                let made = self.reduce(callable, arguments)?;
                self.charge_array(&made)?;
                self.push(made);
            }
            b'b' => {
                let state = self.pop()?;
                let target = self.top()?;
                self.build(target, state)?;
            }
            b'Q' if self.permitted == Permitted::Torch => {
                let name = self.pop()?;
                let storage = torch_objects::persistent(&self.nodes, name)?;
                self.push(storage);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn reduce(&self, callable: Id, arguments: Id) -> Result<Node, UnpickleError> {
        let (Node::Global(global), Node::Tuple(arguments)) = (&self.nodes[callable], &self.nodes[arguments]) else {
            return Err(UnpickleError::Malformed("what is called is no permitted name, or has no arguments"));
        };
        match global {
            Global::OrderedDict | Global::RebuildTensor | Global::RebuildParameter | Global::Storage(_) => {
                torch_objects::reduce(&self.nodes, *global, arguments)
            }
            _ => numpy::reduce(&self.nodes, *global, arguments),
        }
    }

    fn build(&mut self, target: Id, state: Id) -> Result<(), UnpickleError> {
        // A module's dictionary has the versions of its parts as an attribute, which nothing here needs.
        let has_attributes = matches!((&self.nodes[target], &self.nodes[state]), (Node::Dict(_), Node::Dict(_)));
        if has_attributes && self.permitted == Permitted::Torch {
            return Ok(());
        }
        let built = numpy::build(&self.nodes, target, state)?;
        self.charge_array(&built)?;
        self.nodes[target] = built;
        Ok(())
    }

    fn push(&mut self, node: Node) {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
    }

    /// Takes the uppermost object; never one that lies below the last mark.
    fn pop(&mut self) -> Result<Id, UnpickleError> {
        let id = self.top()?;
        self.stack.pop();
        Ok(id)
    }

    fn top(&self) -> Result<Id, UnpickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack.get(floor..).and_then(<[Id]>::last).copied().ok_or(UnpickleError::Malformed("the stack is empty"))
    }

    fn pop_mark(&mut self) -> Result<Vec<Id>, UnpickleError> {
        let mark = self.marks.pop().ok_or(UnpickleError::Malformed("there is no mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn tuple(&mut self, count: usize) -> Result<(), UnpickleError> {
        let mut items = (0..count).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        self.push(Node::Tuple(items));
        Ok(())
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), UnpickleError> {
        let top = self.top()?;
        let Node::List(list) = &mut self.nodes[top] else {
            return Err(UnpickleError::Malformed("something is appended to what is no list"));
        };
        list.extend(items);
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), UnpickleError> {
        let top = self.top()?;
        let (Node::Dict(dict), (pairs, [])) = (&mut self.nodes[top], items.as_chunks::<2>()) else {
            return Err(UnpickleError::Malformed("items are set in what is no mapping, or without a value"));
        };
        dict.extend(pairs.iter().map(|[key, value]| (*key, *value)));
        Ok(())
    }

    fn charge_array(&mut self, node: &Node) -> Result<(), UnpickleError> {
        if let Node::Value(Value::Array(array)) = node {
            let left = self.array_bytes.checked_sub(8 * array.values.len());
            self.array_bytes = left.ok_or(UnpickleError::TooLarge("arrays"))?;
        }
        Ok(())
    }

    fn str(&self, id: Id) -> Option<&str> {
        match &self.nodes[id] {
            Node::Value(Value::Str(text)) => Some(text),
            _ => None,
        }
    }
}
