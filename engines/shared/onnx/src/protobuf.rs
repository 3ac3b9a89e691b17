//! Reads and writes fields of protobuf messages, as far as it takes to change some and leave the rest as it is.

/// One field of a message.
pub(crate) struct Field<'a> {
    /// Its number.
    pub(crate) number: u64,
    /// What it holds.
    pub(crate) value: Value<'a>,
    /// The whole field with its tag, as it lies in the message.
    pub(crate) raw: &'a [u8],
}

/// What a field holds.
pub(crate) enum Value<'a> {
    /// A number.
    Varint(u64),
    /// Bytes, a text or a message.
    Bytes(&'a [u8]),
    /// A number of fixed width, which no change concerns.
    Fixed,
}

/// Splits a message into its fields.
pub(crate) fn fields(message: &[u8]) -> impl Iterator<Item = Result<Field<'_>, &'static str>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = split(rest);
        rest = match &field {
            Ok(field) => &rest[field.raw.len()..],
            Err(_) => &[],
        };
        Some(field)
    })
}

fn split(message: &[u8]) -> Result<Field<'_>, &'static str> {
    let (tag, after) = varint(message)?;
    let fixed = |len: usize| after.get(len..).map(|rest| (Value::Fixed, rest)).ok_or("a field is cut off");
    let (value, rest) = match tag & 7 {
        0 => varint(after).map(|(number, rest)| (Value::Varint(number), rest))?,
        1 => fixed(8)?,
        2 => {
            let (len, rest) = varint(after)?;
            let len = usize::try_from(len).map_err(|_| "a field is too long")?;
            let (bytes, rest) = rest.split_at_checked(len).ok_or("a field is cut off")?;
            (Value::Bytes(bytes), rest)
        }
        5 => fixed(4)?,
        _ => return Err("it is no protobuf message"),
    };
    Ok(Field { number: tag >> 3, value, raw: &message[..message.len() - rest.len()] })
}

fn varint(bytes: &[u8]) -> Result<(u64, &[u8]), &'static str> {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok((number, &bytes[place + 1..]));
        }
    }
    Err("a number is cut off")
}

/// The number in a field; the last one counts.
pub(crate) fn number(message: &[u8], wanted: u64) -> Result<Option<u64>, &'static str> {
    last(message, wanted, |value| match value {
        Value::Varint(number) => Some(number),
        _ => None,
    })
}

/// The bytes of a field; the last ones count.
pub(crate) fn text(message: &[u8], wanted: u64) -> Result<Option<&[u8]>, &'static str> {
    last(message, wanted, |value| match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    })
}

fn last<'a, T>(
    message: &'a [u8],
    wanted: u64,
    pick: impl Fn(Value<'a>) -> Option<T>,
) -> Result<Option<T>, &'static str> {
    let mut found = None;
    for field in fields(message) {
        let field = field?;
        if field.number == wanted {
            found = pick(field.value).or(found);
        }
    }
    Ok(found)
}

/// The message with the fields of bytes that `change` gives anew.
pub(crate) fn rewritten(
    message: &[u8],
    change: impl Fn(&Field<'_>) -> Result<Option<Vec<u8>>, &'static str>,
) -> Result<Vec<u8>, &'static str> {
    let mut changed = Vec::with_capacity(message.len() + 64);
    for field in fields(message) {
        let field = field?;
        match change(&field)? {
            Some(bytes) => put_bytes(&mut changed, field.number, &bytes),
            None => changed.extend_from_slice(field.raw),
        }
    }
    Ok(changed)
}

/// Appends a number field.
pub(crate) fn put_varint(message: &mut Vec<u8>, number: u64, value: u64) {
    put(message, number << 3);
    put(message, value);
}

/// Appends a field of bytes.
pub(crate) fn put_bytes(message: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    put(message, (number << 3) | 2);
    put(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn put(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}
