//! Expectation records: what a stage has to give and how far it may be off.

use serde_json::Value;

use crate::reference::{SET, list, number, shape, size, text};
use crate::tensor::{Tensor, Values};

/// Compares a result with a record; `what` names stage, case and tensor in the message of a failure. The largest
/// deviation is told in any case, for those who run the tests with `--nocapture`.
pub(crate) fn check(what: &str, record: &Value, got: &Tensor) {
    match compare(record, got) {
        Ok(worst) => eprintln!("{what}: {} values, class {}: {worst}", got.len(), record["tol"]),
        Err(reason) => panic!("{what}: {reason}"),
    }
}

/// The largest deviation, or what differs more than the record's class permits.
pub(crate) fn compare(record: &Value, got: &Tensor) -> Result<String, String> {
    let picks = picks(record, got);
    let want_shape = shape(&record["shape"]);
    // A record that picks within each frame has the shape of what it picks.
    let frames = got.shape.first().copied().unwrap_or(1).max(1);
    let got_shape = if per_frame(record) { vec![frames, picks.len() / frames] } else { got.shape.clone() };
    if want_shape != got_shape {
        return Err(format!("the shape is {got_shape:?}, expected {want_shape:?}"));
    }
    if record["dtype"] != got.dtype() {
        return Err(format!("the type is {}, expected {}", got.dtype(), record["dtype"]));
    }
    let want = SET.tensor(text(&record["tensor"]));
    if picks.len() != want.len() {
        return Err(format!("the record picks {} values, but {} are stored", picks.len(), want.len()));
    }
    let class_name = text(&record["tol"]);
    let class = &SET.part("tolerances")[class_name];
    let differences = Differences { picks: &picks, want, got };
    let judged = match class.get("linear") {
        Some(_) => differences.matrix(class),
        None => differences.values(class, record),
    };
    match judged.and_then(|()| whole(record, class, class_name, got)) {
        Ok(()) => Ok(differences.worst()),
        Err(reason) => Err(format!("class {class_name:?}: {reason}; worst of all: {}", differences.worst())),
    }
}

/// Whether the pick applies to each frame of a stack.
fn per_frame(record: &Value) -> bool {
    record.get("pick").and_then(|pick| pick.get("per_frame")).is_some_and(|flag| *flag == true)
}

/// The flat indices whose values are stored.
fn picks(record: &Value, got: &Tensor) -> Vec<usize> {
    let Some(pick) = record.get("pick") else {
        return (0..got.len()).collect();
    };
    let (offset, stride) = (size(&pick["offset"]), size(&pick["stride"]));
    if per_frame(record) {
        let frame = got.len() / got.shape[0].max(1);
        (0..got.shape[0]).flat_map(|i| (offset..frame).step_by(stride).map(move |j| i * frame + j)).collect()
    } else {
        (offset..got.len()).step_by(stride).collect()
    }
}

struct Differences<'a> {
    picks: &'a [usize],
    want: &'a Tensor,
    got: &'a Tensor,
}

impl Differences<'_> {
    /// Index in the whole result, expected value, deviation; not a number counts as infinitely far.
    fn iter(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        self.picks.iter().enumerate().map(|(stored, &index)| {
            let (want, got) = (self.want.at(stored), self.got.at(index));
            let deviation = if want == got || (want.is_nan() && got.is_nan()) { 0.0 } else { (want - got).abs() };
            (index, want, if deviation.is_nan() { f64::INFINITY } else { deviation })
        })
    }

    fn worst(&self) -> String {
        let worst = self.iter().max_by(|a, b| a.2.total_cmp(&b.2));
        let Some((index, want, off)) = worst.filter(|worst| worst.2 > 0.0) else {
            return "identical".into();
        };
        let same = self.iter().filter(|(_, _, off)| *off == 0.0).count() as f64 / self.picks.len() as f64;
        format!(
            "index {index} is {}, expected {want} (off by {off:.3e}; share of equals {same:.5})",
            self.got.at(index)
        )
    }

    fn values(&self, class: &Value, record: &Value) -> Result<(), String> {
        let bound = |name: &str| class.get(name).and_then(Value::as_f64);
        let stored = (0..self.want.len()).map(|index| self.want.at(index).abs()).fold(0.0, f64::max);
        let largest = record.get("absmax").and_then(Value::as_f64).unwrap_or(stored);
        if ["abs", "rel", "scale"].iter().any(|name| class.get(name).is_some()) {
            let fixed = bound("abs").unwrap_or(0.0) + bound("scale").unwrap_or(0.0) * largest;
            let relative = bound("rel").unwrap_or(0.0);
            let beyond = self.iter().filter(|(_, want, off)| *off > fixed + relative * want.abs()).count();
            if beyond > 0 {
                return Err(format!(
                    "{beyond} of {} values are off by more than {fixed:e} + {relative:e} of the value",
                    self.picks.len()
                ));
            }
        }
        let count = self.picks.len().max(1) as f64;
        if let Some(limit) = bound("rms") {
            let rms = (self.iter().map(|(_, _, off)| off * off).sum::<f64>() / count).sqrt();
            if rms > limit {
                return Err(format!("the root mean square of the deviation is {rms:e}, above {limit:e}"));
            }
        }
        let within = |distance: f64| self.iter().filter(|(_, _, off)| *off <= distance).count() as f64 / count;
        let mut shares = Vec::new();
        shares.extend(bound("equal").map(|share| (0.0, share)));
        shares.extend(class.get("within").map(|pair| (number(&list(pair)[0]), number(&list(pair)[1]))));
        for (distance, share) in shares {
            if within(distance) < share && !self.picks.is_empty() {
                return Err(format!("{:.5} of the values lie within {distance}, not {share}", within(distance)));
            }
        }
        Ok(())
    }

    /// The first two columns and the third have bounds of their own.
    fn matrix(&self, class: &Value) -> Result<(), String> {
        let columns = self.got.shape.last().copied().unwrap_or(1);
        for (index, want, off) in self.iter() {
            let limit = number(&class[if index % columns < 2 { "linear" } else { "offset" }]);
            if off > limit {
                return Err(format!("index {index}, expected {want}, is off by {off:e}, above {limit:e}"));
            }
        }
        Ok(())
    }
}

/// What the record says of the whole result, where only samples are stored.
fn whole(record: &Value, class: &Value, class_name: &str, got: &Tensor) -> Result<(), String> {
    if let (Some(want), "exact", Values::U8(bytes)) = (record.get("crc32"), class_name, &got.values)
        && text(want) != format!("{:08x}", crc32(bytes))
    {
        return Err(format!("the CRC-32 is {:08x}, expected {}", crc32(bytes), text(want)));
    }
    let Some(largest) = record.get("absmax").and_then(Value::as_f64) else {
        return Ok(());
    };
    let bound = |name: &str| class.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let within = class.get("within").map_or(0.0, |pair| number(&list(pair)[0]));
    let loose = bound("abs") + (bound("rel") + bound("scale")) * largest + bound("offset") + within.max(bound("rms"));
    let limit = loose + 2e-6 * largest.max(1.0);
    let (mean, std, absmax) = moments(got);
    for (name, value) in [("mean", mean), ("std", std), ("absmax", absmax)] {
        let Some(want) = record.get(name).and_then(Value::as_f64) else { continue };
        if (value - want).abs() > limit || (value.is_nan() != want.is_nan()) {
            return Err(format!("the {name} of the whole is {value}, expected {want} within {limit:e}"));
        }
    }
    Ok(())
}

fn moments(tensor: &Tensor) -> (f64, f64, f64) {
    let values = || (0..tensor.len()).map(|index| tensor.at(index));
    let count = tensor.len().max(1) as f64;
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt(), values().map(f64::abs).fold(0.0, f64::max))
}

/// zlib's CRC-32.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|byte| {
        (0..8).fold(byte as u32, |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 })
    });
    !bytes.iter().fold(!0, |crc: u32, &byte| table[((crc ^ u32::from(byte)) & 0xFF) as usize] ^ (crc >> 8))
}
