//! The pipeline against numbers that the reference pipeline gave, stage by stage.
//!
//! The set lies in `set/`, or where `GOLDEN_DIR` says. Its README describes the records; `engine-golden` reads them,
//! `pixels` and `runtime` turn them into what the pipeline takes, and every other module tests stages. Nothing here knows the set's values.

mod blink;
mod clip_logic;
mod condition;
mod config;
mod crop;
mod diffusion;
mod eyes;
mod graphs;
mod landmark106;
mod letterbox;
mod mixed;
mod motion_records;
mod motion_runs;
mod motion_stitch;
mod output;
mod pixels;
mod reference;
mod register;
mod rendering;
mod resize;
mod rule_check;
mod runtime;
mod scrfd;
mod sessions;
mod sound;
mod source;
mod sources;
mod spoken;
mod warp;
mod whole_runs;
