//! How fast the picture in the middle of two is made, beside PyTorch: `cargo xtask bench rife` prints the seconds for pictures
//! of 512 by 512 pixels on the processor, and those of the same network in eager mode (`rife_eager.py`). Both have to agree.

use std::error::Error;

use engine_dice_talk::rife::Rife;
use engine_golden_torch::eager::Eager;
use engine_torch::testing::made;
use serde_json::json;

/// Names the Python with PyTorch.
const PYTHON: &str = "DICE_TALK_BENCH_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rife_eager.py");
/// Calls of each that are timed.
const CALLS: usize = 15;
/// Rows and columns.
const SIZES: [[i64; 2]; 2] = [[64, 96], [512, 512]];

fn main() -> Result<(), Box<dyn Error>> {
    let mut eager = Eager::start(PYTHON, SCRIPT)?;
    let network = made(|key, shape| eager.pool.weights(key, shape), Rife::new);
    for [rows, columns] in SIZES {
        let [first, second] = ["first", "second"].map(|name| eager.pool.input(name, &[1, 3, rows, columns], 0.5) + 0.5);
        let shape = json!({"rows": rows, "columns": columns});
        eager.compare(&format!("{columns} by {rows} pixels"), CALLS, shape, || network.middle(&first, &second))?;
    }
    Ok(())
}
