//! The proportions and colours of a person, drawn from a seed.

use crate::portrait::spec::{MouthLook, PortraitSpec};
use crate::portrait::vector::Vec3;
use crate::random::Random;

/// How far the middle of the upper lip hangs down; only closed, the lower lip follows it.
pub(super) const PEAK: f32 = 0.010;

/// Everything about a head that differs between people.
///
/// Lengths are in half face widths of the average face, from the point between the eyes: x right, y down. The eyes are at
/// y = 0, the mouth near 0.9, the chin near 1.4.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) half_width: f32,
    pub(super) chin: f32,
    /// 2 is a round jaw, 3 a square one.
    pub(super) jaw: f32,
    pub(super) hairline: f32,
    pub(super) eye: Eye,
    pub(super) brow: Brow,
    pub(super) nose: Nose,
    pub(super) mouth: Mouth,
    pub(super) skin: Skin,
    pub(super) hair: Hair,
    pub(super) clothes: Clothes,
    pub(super) backdrop: Backdrop,
    pub(super) neck: f32,
    pub(super) shoulders: f32,
    pub(super) glasses: bool,
    /// Tells the textures of one person from those of another.
    pub(super) salt: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Eye {
    /// From the middle of the face to the middle of the eye.
    pub(super) apart: f32,
    pub(super) half_width: f32,
    pub(super) iris: Vec3,
    /// How strong the lashes are, 0 to 1.
    pub(super) lashes: f32,
    /// How far the outer corner stands above the inner one.
    pub(super) slant: f32,
}

#[derive(Clone, Debug)]
pub(super) struct Brow {
    pub(super) height: f32,
    pub(super) arch: f32,
    pub(super) thickness: f32,
    /// 1 is usual; thicker, darker and closer to the eye above it.
    pub(super) strength: f32,
}

#[derive(Clone, Debug)]
pub(super) struct Nose {
    pub(super) tip: f32,
    pub(super) half_width: f32,
}

#[derive(Clone, Debug)]
pub(super) struct Mouth {
    pub(super) height: f32,
    pub(super) half_width: f32,
    /// 1 is average.
    pub(super) fullness: f32,
    /// How far the corners stand above the middle.
    pub(super) smile: f32,
    pub(super) look: MouthLook,
    /// How far the middle of the upper lip is lifted off the line between the lips.
    pub(super) lift: f32,
    /// How far the middle of the lower lip is lowered off it.
    pub(super) drop: f32,
}

#[derive(Clone, Debug)]
pub(super) struct Skin {
    pub(super) base: Vec3,
    pub(super) lips: Vec3,
    /// How much redder cheeks, nose and ears are, 0 to 1.
    pub(super) flush: f32,
    /// The shadow of a shaved beard, 0 to 1.
    pub(super) beard: f32,
    pub(super) freckles: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HairStyle {
    /// Parted, down to the shoulders.
    Long,
    /// Parted, to the jaw.
    Bob,
    /// Short, combed up and to a side.
    Crop,
    /// Drawn back into a bun on top.
    Bun,
}

impl HairStyle {
    /// Whether the hair falls to both sides of a parting.
    pub(super) fn is_parted(self) -> bool {
        matches!(self, Self::Long | Self::Bob)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Hair {
    pub(super) style: HairStyle,
    pub(super) color: Vec3,
    pub(super) parting: f32,
    pub(super) waves: f32,
}

#[derive(Clone, Debug)]
pub(super) struct Clothes {
    pub(super) color: Vec3,
    /// How deep the neckline is.
    pub(super) neckline: f32,
    /// A knitted pullover instead of smooth cloth.
    pub(super) knitted: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Backdrop {
    pub(super) upper: Vec3,
    pub(super) lower: Vec3,
    pub(super) lamps: Vec3,
}

/// Skin, lips, and the hair colours that go with them.
const COMPLEXIONS: [(u32, u32, [u32; 3]); 6] = [
    (0xf0c8b0, 0xc4706b, [0xa8794a, 0x5a3420, 0x8a4426]),
    (0xe8b896, 0xb8645c, [0x4a2c1c, 0x2c1b14, 0x7a4a2a]),
    (0xdbaa88, 0xb0524a, [0x2a1a13, 0x3a2418, 0x18110e]),
    (0xc08e6c, 0x9e463f, [0x1d1410, 0x2b1a12, 0x120e0c]),
    (0x986848, 0x8c3c36, [0x15100d, 0x21150f, 0x0f0c0b]),
    (0x724a34, 0x7a322e, [0x110d0b, 0x18110e, 0x0d0b0a]),
];
const PALE_IRISES: [u32; 4] = [0x5f86a0, 0x5f8a66, 0x7a5a34, 0x6f7f8a];
const DARK_IRISES: [u32; 3] = [0x4e2f18, 0x6a4322, 0x3a2314];
const CLOTHES: [u32; 6] = [0x2f4a63, 0x7b3f45, 0x3f5a4c, 0xc9bda8, 0x4a4458, 0x9a6a3a];
const BACKDROPS: [(u32, u32, u32); 5] = [
    (0xa9b8bd, 0x6d7b80, 0xffe2b4),
    (0xc2b5a3, 0x857663, 0xffe9c6),
    (0x8fa5a0, 0x51645f, 0xf6e7a8),
    (0xa6a9bd, 0x5f6078, 0xffd7c2),
    (0xbfae9f, 0x6a5f60, 0xcfe4ff),
];

/// The height of an open mouth's gap as a share of the distance between the pupils.
const OPEN_GAP: f32 = 0.225;

impl Person {
    /// The sitter of a picture.
    pub(super) fn of(spec: &PortraitSpec) -> Self {
        let mut person = Self::from_seed(spec.seed);
        person.glasses = spec.glasses;
        person.brow.strength = spec.brows.max(0.0);
        person.mouth.look = spec.mouth;
        let mouth = &mut person.mouth;
        match spec.mouth {
            MouthLook::Closed => {}
            MouthLook::Smile => {
                mouth.half_width *= 1.18;
                mouth.smile += 0.035;
                (mouth.lift, mouth.drop) = (0.030, 0.095);
            }
            MouthLook::Open => {
                mouth.half_width *= 0.86;
                mouth.smile *= 0.4;
                mouth.lift = 0.040;
                mouth.drop = OPEN_GAP * 2.0 * person.eye.apart - mouth.lift + PEAK;
                person.chin += 0.7 * mouth.drop;
            }
        }
        person
    }

    fn from_seed(seed: u64) -> Self {
        let mut random = Random::new(seed, "person");
        let style = random.choose(&[HairStyle::Long, HairStyle::Crop, HairStyle::Bob, HairStyle::Bun]);
        // One number, from soft to strong features, keeps jaw, brows, lips and neck in keeping with each other.
        let strength = match style {
            HairStyle::Crop => random.between(0.75, 1.0),
            HairStyle::Long | HairStyle::Bob | HairStyle::Bun => random.between(0.0, 0.25),
        };
        let features = Features { strength };
        let toward = |soft: f32, strong: f32| features.toward(soft, strong);

        let tone = (random.uniform() * COMPLEXIONS.len() as f32) as usize;
        let (skin, lips, hair_colors) = COMPLEXIONS[tone];
        let irises: &[u32] = if tone < 2 { &PALE_IRISES } else { &DARK_IRISES };
        let (upper, lower, lamps) = random.choose(&BACKDROPS);
        let skin = Vec3::srgb(skin);

        Self {
            half_width: toward(0.905, 0.945) * random.between(0.985, 1.02),
            chin: toward(1.39, 1.47) * random.between(0.98, 1.02),
            jaw: toward(2.0, 2.55) + random.between(-0.1, 0.1),
            hairline: -1.0 + random.between(-0.04, 0.06),
            eye: features.eye(&mut random, irises),
            brow: features.brow(&mut random),
            nose: features.nose(&mut random),
            mouth: features.mouth(&mut random),
            skin: Skin {
                base: skin,
                lips: Vec3::srgb(lips).mix(skin, toward(0.0, 0.32)),
                flush: random.between(0.6, 1.0),
                beard: toward(0.0, 0.8),
                freckles: if tone < 2 && random.chance(0.35) { 1.0 } else { 0.0 },
            },
            hair: Hair {
                style,
                color: Vec3::srgb(random.choose(&hair_colors)),
                parting: random.choose(&[-0.22, 0.22, -0.12]),
                waves: random.between(0.4, 1.0),
            },
            clothes: Clothes {
                color: Vec3::srgb(random.choose(&CLOTHES)),
                neckline: toward(0.42, 0.26) * random.between(0.9, 1.2),
                knitted: random.chance(0.5),
            },
            backdrop: Backdrop { upper: Vec3::srgb(upper), lower: Vec3::srgb(lower), lamps: Vec3::srgb(lamps) },
            neck: toward(0.52, 0.66),
            shoulders: toward(1.75, 2.1),
            glasses: false,
            salt: (random.uniform() * 65_536.0) as u32,
        }
    }
}

/// How the parts of one face go together.
struct Features {
    /// From soft, 0, to strong, 1.
    strength: f32,
}

impl Features {
    fn toward(&self, soft: f32, strong: f32) -> f32 {
        soft + (strong - soft) * self.strength
    }

    fn eye(&self, random: &mut Random, irises: &[u32]) -> Eye {
        Eye {
            apart: random.between(0.415, 0.435),
            half_width: self.toward(0.254, 0.222) * random.between(0.97, 1.03),
            iris: Vec3::srgb(random.choose(irises)),
            lashes: self.toward(1.0, 0.25),
            slant: random.between(0.0, 0.035),
        }
    }

    fn brow(&self, random: &mut Random) -> Brow {
        Brow {
            height: self.toward(-0.33, -0.28) + random.between(-0.015, 0.015),
            arch: self.toward(0.075, 0.035),
            thickness: self.toward(0.043, 0.062) * random.between(0.9, 1.1),
            strength: 1.0,
        }
    }

    fn nose(&self, random: &mut Random) -> Nose {
        Nose { tip: random.between(0.5, 0.55), half_width: self.toward(0.160, 0.190) * random.between(0.95, 1.08) }
    }

    fn mouth(&self, random: &mut Random) -> Mouth {
        Mouth {
            height: random.between(0.90, 0.93),
            half_width: self.toward(0.315, 0.345) * random.between(0.97, 1.04),
            fullness: self.toward(1.25, 0.90) * random.between(0.94, 1.08),
            smile: random.between(0.05, 0.07),
            look: MouthLook::Closed,
            lift: 0.0,
            drop: 0.0,
        }
    }
}
