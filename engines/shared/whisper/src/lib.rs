//! What engines share that hear speech with Whisper (Radford et al. 2022, arXiv 2212.04356): its log-mel spectrogram and its
//! encoder.

pub mod mel;
