//! What clients may say: whether the engine reads what its schema allows, and whether what they say does anything.

mod effect;
mod reading;

use crate::conformance::check::Check;

pub(super) const CHECKS: [Check; 6] = [
    Check {
        name: "parameters.defaults",
        expected: "the engine reads a job that leaves out every parameter",
        remedy: "let the schema and the reader be one type: derive both `Deserialize` and `JsonSchema`",
        run: |stand| Box::pin(reading::defaults(stand)),
    },
    Check {
        name: "parameters.bounds",
        expected: "the engine reads the least and the greatest value of each number, or refuses them in words of its own",
        remedy: "publish the ranges that the type and the engine take: `#[schemars(range(min = …, max = …))]`",
        run: |stand| Box::pin(reading::bounds(stand)),
    },
    Check {
        name: "parameters.beyond",
        expected: "what lies beyond the bounds of a number is refused before there is a job",
        remedy: "put the range where a schema has it: beside `type`, and on each variant that takes a number",
        run: |stand| Box::pin(reading::beyond(stand)),
    },
    Check {
        name: "parameters.choices",
        expected: "the engine reads each word of a parameter that takes some",
        remedy: "publish the words that the reader knows: derive both from one enum",
        run: |stand| Box::pin(reading::choices(stand)),
    },
    Check {
        name: "parameters.nulls",
        expected: "the engine reads null where its schema allows it",
        remedy: "make the field an `Option`, or take null out of the schema",
        run: |stand| Box::pin(reading::nulls(stand)),
    },
    Check {
        name: "parameters.effect",
        expected: "each parameter changes the frames",
        remedy: "use the parameter, or take it away; of one that is known to change nothing here, say so by --leave NAME",
        run: |stand| Box::pin(effect::effect(stand)),
    },
];
