//! Field numbers and values of onnx.proto, as far as graphs are read and changed here.

// ModelProto
pub(crate) const MODEL_IR: u64 = 1;
pub(crate) const MODEL_GRAPH: u64 = 7;
pub(crate) const MODEL_OPSET: u64 = 8;
// OperatorSetIdProto
pub(crate) const OPSET_DOMAIN: u64 = 1;
pub(crate) const OPSET_VERSION: u64 = 2;
// GraphProto
pub(crate) const GRAPH_NODE: u64 = 1;
pub(crate) const GRAPH_INITIALIZER: u64 = 5;
pub(crate) const GRAPH_INPUT: u64 = 11;
pub(crate) const GRAPH_OUTPUT: u64 = 12;
pub(crate) const GRAPH_VALUE_INFO: u64 = 13;
// NodeProto
pub(crate) const NODE_INPUT: u64 = 1;
pub(crate) const NODE_OUTPUT: u64 = 2;
pub(crate) const NODE_OPERATOR: u64 = 4;
pub(crate) const NODE_ATTRIBUTE: u64 = 5;
pub(crate) const NODE_DOMAIN: u64 = 7;
// AttributeProto
pub(crate) const ATTRIBUTE_NAME: u64 = 1;
pub(crate) const ATTRIBUTE_NUMBER: u64 = 3;
pub(crate) const ATTRIBUTE_TEXT: u64 = 4;
pub(crate) const ATTRIBUTE_TENSOR: u64 = 5;
pub(crate) const ATTRIBUTE_GRAPH: u64 = 6;
pub(crate) const ATTRIBUTE_GRAPHS: u64 = 11;
pub(crate) const ATTRIBUTE_KIND: u64 = 20;
/// The kind of an attribute that is a whole number.
pub(crate) const KIND_NUMBER: u64 = 2;
// TensorProto
pub(crate) const TENSOR_DIMS: u64 = 1;
pub(crate) const TENSOR_FORMAT: u64 = 2;
pub(crate) const TENSOR_FLOATS: u64 = 4;
pub(crate) const TENSOR_NAME: u64 = 8;
pub(crate) const TENSOR_RAW: u64 = 9;
pub(crate) const TENSOR_PLACE: u64 = 14;
/// The values of a tensor lie in another file.
pub(crate) const PLACE_EXTERNAL: u64 = 1;
// ValueInfoProto, TypeProto and TypeProto.Tensor
pub(crate) const VALUE_NAME: u64 = 1;
pub(crate) const VALUE_TYPE: u64 = 2;
pub(crate) const TYPE_TENSOR: u64 = 1;
pub(crate) const TENSOR_TYPE_FORMAT: u64 = 1;
// TensorProto.DataType
pub(crate) const FLOAT: u64 = 1;
pub(crate) const FLOAT16: u64 = 10;
