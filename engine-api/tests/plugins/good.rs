//! A plugin that keeps its contract.

mod good_engine;

engine_api::export_engine!(good_engine::Good);
