//! A profile that tests are made with.

/// The profile of a press with an odd cyan: a table with two steps for each ink, in XYZ.
pub(crate) fn press() -> Vec<u8> {
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    let identity = [1, 0, 0, 0, 1, 0, 0, 0, 1].map(|n: i32| (n << 16).to_be_bytes());
    table.extend(identity.concat());
    table.extend((0..4).flat_map(|_| 0..=255u8));
    for inks in 0..16u8 {
        let [cyan, magenta, yellow, black] = [8, 4, 2, 1].map(|ink| inks & ink != 0);
        // L, a and b of 8 bits.
        table.extend(match (black, cyan, magenta || yellow) {
            (true, ..) => [20, 128, 128],
            (_, true, true) => [60, 128, 128],
            (_, true, false) => [150, 60, 128],
            (_, _, true) => [140, 190, 160],
            _ => [255, 128, 128],
        });
    }
    table.extend((0..3).flat_map(|_| 0..=255u8));
    let mut file = vec![0; 128];
    file[8] = 2;
    file[12..24].copy_from_slice(b"prtrCMYKLab ");
    file[36..40].copy_from_slice(b"acsp");
    // D50
    file[68..80].copy_from_slice(&[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
    file.extend(1u32.to_be_bytes());
    file.extend(b"A2B0");
    file.extend([144u32, table.len() as u32].map(u32::to_be_bytes).concat());
    file.extend(table);
    let size = file.len() as u32;
    file[..4].copy_from_slice(&size.to_be_bytes());
    file
}
