//! The signature of a network, its inputs and outputs, and how a graph differs from it.

use std::fmt;

use ort::value::{Outlet, TensorElementType, ValueType};

/// A number format of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// 32-bit floating point.
    F32,
    /// 64-bit integer.
    I64,
}

/// What is asked of a tensor's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// These axes; `None` stands for any length. A graph may leave an axis free.
    Axes(&'static [Option<usize>]),
    /// This many values, whatever the rank; free axes of the graph count as one.
    Values(usize),
    /// Nothing: the graph's own word is known to be wrong, and the result is checked where it is used.
    Any,
}

/// One input or output.
#[derive(Debug, Clone, Copy)]
pub struct Port {
    /// Its name in the graph.
    pub name: &'static str,
    /// Its number format.
    pub element: Element,
    /// Its shape.
    pub extent: Extent,
}

impl Port {
    /// An f32 tensor.
    #[must_use]
    pub const fn f32(name: &'static str, extent: Extent) -> Self {
        Self { name, element: Element::F32, extent }
    }

    /// An i64 tensor.
    #[must_use]
    pub const fn i64(name: &'static str, extent: Extent) -> Self {
        Self { name, element: Element::I64, extent }
    }
}

/// The inputs and outputs of a network. A graph may have outputs beyond these.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// What it takes, all of it.
    pub inputs: &'static [Port],
    /// What is used of what it gives.
    pub outputs: &'static [Port],
}

impl Signature {
    /// The place in the graph of each output: by name, or where the name is missing, by order. Else what differs.
    pub(crate) fn resolve(&self, inputs: &[Outlet], outputs: &[Outlet]) -> Result<Vec<usize>, Vec<String>> {
        let mut differences = Vec::new();
        for port in self.inputs {
            match inputs.iter().find(|outlet| outlet.name() == port.name) {
                Some(outlet) => differences.extend(port.differs("input", outlet)),
                None => differences.push(format!("there is no input {:?} among {}", port.name, names(inputs))),
            }
        }
        for outlet in inputs.iter().filter(|outlet| self.inputs.iter().all(|port| port.name != outlet.name())) {
            differences.push(format!("it has an input {:?} too", outlet.name()));
        }
        let output_names: Vec<&str> = outputs.iter().map(Outlet::name).collect();
        let mut places = Vec::new();
        for (order, port) in self.outputs.iter().enumerate() {
            match self.place(order, &output_names) {
                Some(place) => {
                    differences.extend(port.differs("output", &outputs[place]));
                    places.push(place);
                }
                None => differences.push(format!("there is no output {:?} among {output_names:?}", port.name)),
            }
        }
        if differences.is_empty() { Ok(places) } else { Err(differences) }
    }

    /// What a graph with these names of inputs and outputs lacks.
    pub(crate) fn missing(&self, inputs: &[String], outputs: &[String]) -> Vec<String> {
        let output_names: Vec<&str> = outputs.iter().map(String::as_str).collect();
        let input = |port: &Port| {
            let is_there = inputs.iter().any(|name| name == port.name);
            (!is_there).then(|| format!("there is no input {:?} among {inputs:?}", port.name))
        };
        let output = |(order, port): (usize, &Port)| {
            let is_there = self.place(order, &output_names).is_some();
            (!is_there).then(|| format!("there is no output {:?} among {outputs:?}", port.name))
        };
        let outputs = self.outputs.iter().enumerate().filter_map(output);
        self.inputs.iter().filter_map(input).chain(outputs).collect()
    }

    /// Where an output is among those of a graph: by its name, or where that is missing, by order.
    fn place(&self, order: usize, names: &[&str]) -> Option<usize> {
        let named = names.iter().position(|name| *name == self.outputs[order].name);
        named.or_else(|| {
            let name = names.get(order)?;
            self.outputs.iter().all(|other| other.name != *name).then_some(order)
        })
    }
}

impl Port {
    fn differs(&self, kind: &str, outlet: &Outlet) -> Option<String> {
        let ValueType::Tensor { ty, shape, .. } = outlet.dtype() else {
            return Some(format!("{kind} {:?} is no tensor", self.name));
        };
        let element = match self.element {
            Element::F32 => TensorElementType::Float32,
            Element::I64 => TensorElementType::Int64,
        };
        let matches = *ty == element && self.extent.admits(shape);
        (!matches).then(|| format!("{kind} {:?} is {ty:?} {shape:?}, expected {element:?} {}", self.name, self.extent))
    }
}

impl Extent {
    /// Whether a declared shape can be this one; negative axes are free.
    fn admits(&self, shape: &[i64]) -> bool {
        match *self {
            Self::Any => true,
            Self::Axes(axes) => {
                let fits = |(axis, &length): (&Option<usize>, &i64)| {
                    axis.is_none_or(|axis| length < 0 || usize::try_from(length) == Ok(axis))
                };
                axes.len() == shape.len() && axes.iter().zip(shape).all(fits)
            }
            Self::Values(count) => {
                // The runtime reports no axes at all where an exporter left the shape out.
                let known: usize = shape.iter().filter_map(|&length| usize::try_from(length).ok()).product();
                shape.is_empty() || known == count
            }
        }
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => write!(f, "of any shape"),
            Self::Values(count) => write!(f, "with {count} values"),
            Self::Axes(axes) => {
                let axes: Vec<String> =
                    axes.iter().map(|axis| axis.map_or_else(|| "any".to_owned(), |axis| axis.to_string())).collect();
                write!(f, "[{}]", axes.join(", "))
            }
        }
    }
}

fn names(outlets: &[Outlet]) -> String {
    format!("{:?}", outlets.iter().map(Outlet::name).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::Extent;

    #[test]
    fn free_axes_fit_and_wrong_ones_do_not() {
        let image = Extent::Axes(&[None, Some(3), Some(8)]);
        assert!(image.admits(&[-1, 3, 8]) && image.admits(&[2, -1, 8]));
        assert!(!image.admits(&[1, 4, 8]) && !image.admits(&[3, 8]));
        assert!(Extent::Values(6).admits(&[-1, 1, 6]) && Extent::Values(6).admits(&[2, 3]));
        assert!(!Extent::Values(6).admits(&[1, 7]));
        assert_eq!(image.to_string(), "[any, 3, 8]");
    }
}
