//! What engines share that run networks on ONNX Runtime.
