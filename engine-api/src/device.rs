//! The device that an operator asks for.

use std::str::FromStr;

/// What `device` of an engine's table says. Whether the machine has it is another question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChoice {
    /// `auto`: the first GPU, or else the processor.
    Auto,
    /// `cpu`: the processor.
    Cpu,
    /// `cuda:1` and so on: the GPU of this number; `cuda` is the first one.
    Cuda(u8),
}

/// A word that means no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("device must be auto, cpu, cuda, or cuda:0 and so on, not {0:?}")]
pub struct UnknownDevice(pub String);

impl FromStr for DeviceChoice {
    type Err = UnknownDevice;

    fn from_str(word: &str) -> Result<Self, UnknownDevice> {
        let unknown = || UnknownDevice(word.to_owned());
        match word {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            word => {
                let number = word.strip_prefix("cuda:").ok_or_else(unknown)?;
                // What may stand before a number elsewhere, such as a plus, may not here.
                let is_plain = number.bytes().all(|digit| digit.is_ascii_digit());
                number.parse().ok().filter(|_| is_plain).map(Self::Cuda).ok_or_else(unknown)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_devices() {
        let read = |word: &str| word.parse::<DeviceChoice>();
        assert_eq!([read("auto"), read("cpu")], [Ok(DeviceChoice::Auto), Ok(DeviceChoice::Cpu)]);
        assert_eq!(["cuda", "cuda:0", "cuda:255"].map(read), [0, 0, 255].map(|number| Ok(DeviceChoice::Cuda(number))));
        for word in ["", "gpu", "cuda:", "cuda:x", "cuda:+1", "cuda:256", "CPU"] {
            assert_eq!(read(word), Err(UnknownDevice(word.to_owned())));
        }
    }
}
