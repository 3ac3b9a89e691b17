//! Stage `rule_check`: the closed-form numbers themselves.

use engine_golden::json::{list, number, shape, text};
use engine_golden::unit_variance as rule;
use engine_golden::{Tensor, crc32, fnv1a64};

use crate::motion_records::gap;
use crate::reference::{SET, check};

#[test]
fn closed_form_numbers_are_the_reference_numbers() {
    for case in SET.cases("rule_check") {
        let key = text(&case["key"]);
        assert_eq!(format!("{:016x}", fnv1a64(key)), text(&case["fnv1a64"]), "hash of {key}");
        for (index, want) in list(&case["splitmix64"]).iter().enumerate() {
            assert_eq!(format!("{:016x}", rule::splitmix64(key, index as u64)), text(want), "number {index} of {key}");
        }
        let units: Vec<f64> = list(&case["unit_first"]).iter().map(number).collect();
        assert_eq!(rule::unit(key, units.len()), units, "units of {key}");
        let bytes: Vec<u8> = list(&case["u8_first"]).iter().map(|byte| number(byte) as u8).collect();
        assert_eq!(rule::u8s(key, bytes.len()), bytes, "bytes of {key}");
        let size = shape(&case["f32"]["shape"]);
        let values = rule::f32s(key, size.iter().product(), 1.0, 0.0);
        let stream: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(format!("{:08x}", crc32(&stream)), text(&case["f32_le_crc32"]), "CRC-32 of the f32 values of {key}");
        check(&format!("rule_check {key} f32"), &case["f32"], &Tensor::f32(&size, values));
        let gaps: Vec<f64> = list(&case["gaps"]).iter().map(number).collect();
        let drawn = (0..gaps.len() as u64).map(|draw| f64::from(gap(key, draw)));
        assert_eq!(drawn.collect::<Vec<_>>(), gaps, "gaps of {key}");
    }
}
