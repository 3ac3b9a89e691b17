//! The stack machine of pickles, without any instruction that calls what is not numpy.
//!
//! Objects live in an arena, as a pickle may mention one object many times and fill it later. The arena cannot grow
//! beyond the input, apart from arrays, whose sizes are counted.

use std::collections::HashMap;

use crate::error::UnpickleError;
use crate::globals::Global;
use crate::numpy;
use crate::value::{Id, Node, Value};

/// Longest pickle that is read, in bytes; the published ones hold 31 kB.
pub const MAX_BYTES: usize = 4 << 20;
/// Most objects of a pickle, and most values in the tree that it stands for.
pub(super) const MAX_VALUES: usize = 1 << 20;

/// All objects of a pickle and the one that it stands for.
pub(super) fn run(bytes: &[u8]) -> Result<(Vec<Node>, Id), UnpickleError> {
    let mut machine = Machine {
        bytes,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        nodes: Vec::new(),
        array_bytes: MAX_BYTES,
    };
    let root = machine.run()?;
    Ok((machine.nodes, root))
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
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
            let at = self.at;
            let [opcode] = self.take()?;
            match opcode {
                b'.' => return self.pop(),
                0x80 => {
                    let [protocol] = self.take()?;
                    if !(2..=5).contains(&protocol) {
                        return Err(UnpickleError::Protocol(protocol));
                    }
                }
                0x95 => drop(self.take::<8>()?),
                b'(' => self.marks.push(self.stack.len()),
                b'N' => self.push(Node::Value(Value::None)),
                0x88 => self.push(Node::Value(Value::Bool(true))),
                0x89 => self.push(Node::Value(Value::Bool(false))),
                b'K' => self.int(|machine| machine.take::<1>().map(|[byte]| i64::from(byte)))?,
                b'M' => self.int(|machine| machine.take().map(|word| i64::from(u16::from_le_bytes(word))))?,
                b'J' => self.int(|machine| machine.take().map(|word| i64::from(i32::from_le_bytes(word))))?,
                0x8a => self.int(Self::long)?,
                b'G' => {
                    let number = f64::from_be_bytes(self.take()?);
                    self.push(Node::Value(Value::Float(number)));
                }
                0x8c => self.text(1)?,
                b'X' => self.text(4)?,
                0x8d => self.text(8)?,
                b'C' => self.blob(1)?,
                b'B' => self.blob(4)?,
                0x8e | 0x96 => self.blob(8)?,
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
                0x94 => self.remember(self.memo.len() as u64)?,
                b'q' => {
                    let [slot] = self.take()?;
                    self.remember(u64::from(slot))?;
                }
                b'r' => {
                    let slot = u32::from_le_bytes(self.take()?);
                    self.remember(u64::from(slot))?;
                }
                b'h' => {
                    let [slot] = self.take()?;
                    self.recall(u64::from(slot))?;
                }
                b'j' => {
                    let slot = u32::from_le_bytes(self.take()?);
                    self.recall(u64::from(slot))?;
                }
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.push(Node::Global(Global::named(&module, &name)?));
                }
                0x93 => {
                    let (name, module) = (self.pop()?, self.pop()?);
                    let (Some(module), Some(name)) = (self.str(module), self.str(name)) else {
                        return Err(UnpickleError::Malformed("a global has no name"));
                    };
                    let global = Global::named(module, name)?;
                    self.push(Node::Global(global));
                }
                b'R' => {
                    let (arguments, callable) = (self.pop()?, self.pop()?);
                    let made = numpy::reduce(&self.nodes, callable, arguments)?;
                    self.charge_array(&made)?;
                    self.push(made);
                }
                b'b' => {
                    let state = self.pop()?;
                    let target = self.top()?;
                    let built = numpy::build(&self.nodes, target, state)?;
                    self.charge_array(&built)?;
                    self.nodes[target] = built;
                }
                opcode => return Err(UnpickleError::Opcode { opcode, at }),
            }
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], UnpickleError> {
        let taken = self.bytes[self.at..].first_chunk::<N>().ok_or(UnpickleError::Truncated(self.at))?;
        self.at += N;
        Ok(*taken)
    }

    /// A payload with its length in front, of `width` bytes.
    fn payload(&mut self, width: usize) -> Result<Vec<u8>, UnpickleError> {
        let length = match width {
            1 => u64::from(self.take::<1>()?[0]),
            4 => u64::from(u32::from_le_bytes(self.take()?)),
            _ => u64::from_le_bytes(self.take()?),
        };
        let rest = &self.bytes[self.at..];
        let length = usize::try_from(length).ok().filter(|length| *length <= rest.len());
        let payload = &rest[..length.ok_or(UnpickleError::Truncated(self.at))?];
        self.at += payload.len();
        Ok(payload.to_vec())
    }

    fn utf8(bytes: Vec<u8>) -> Result<String, UnpickleError> {
        String::from_utf8(bytes).map_err(|_| UnpickleError::Malformed("a text is not UTF-8"))
    }

    fn text(&mut self, width: usize) -> Result<(), UnpickleError> {
        let text = Self::utf8(self.payload(width)?)?;
        self.push(Node::Value(Value::Str(text)));
        Ok(())
    }

    fn blob(&mut self, width: usize) -> Result<(), UnpickleError> {
        let bytes = self.payload(width)?;
        self.push(Node::Value(Value::Bytes(bytes)));
        Ok(())
    }

    fn int(&mut self, read: impl Fn(&mut Self) -> Result<i64, UnpickleError>) -> Result<(), UnpickleError> {
        let number = read(self)?;
        self.push(Node::Value(Value::Int(number)));
        Ok(())
    }

    fn long(&mut self) -> Result<i64, UnpickleError> {
        let bytes = self.payload(1)?;
        if bytes.len() > 8 {
            return Err(UnpickleError::TooLarge("a whole number"));
        }
        let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xFF } else { 0 };
        let mut word = [fill; 8];
        word[..bytes.len()].copy_from_slice(&bytes);
        Ok(i64::from_le_bytes(word))
    }

    fn line(&mut self) -> Result<String, UnpickleError> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or(UnpickleError::Truncated(self.bytes.len()))?;
        self.at += end + 1;
        Self::utf8(rest[..end].to_vec())
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

    fn remember(&mut self, slot: u64) -> Result<(), UnpickleError> {
        let top = self.top()?;
        self.memo.insert(slot, top);
        Ok(())
    }

    fn recall(&mut self, slot: u64) -> Result<(), UnpickleError> {
        let id = self.memo.get(&slot).ok_or(UnpickleError::Malformed("an object is recalled that was never stored"))?;
        self.stack.push(*id);
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
