//! MediaPipe's two networks: BlazeFace, which finds faces, and the mesh, which lays 478 points over one.

use engine_onnx::{Network, OnnxError};
use engine_vision::raster::Raster;

use crate::face::blazeface;
use crate::face::error::RegisterError;
use crate::face::mesh_region::{self, POINTS, Region};
use crate::face::run::{first, run};
use crate::networks::{BLAZE, Loader, MESH};

/// The two networks.
pub(crate) struct MediaPipe {
    blaze: Network,
    mesh: Network,
}

impl MediaPipe {
    /// Loads the networks.
    pub(crate) fn load(loader: &Loader<'_>) -> Result<Self, OnnxError> {
        Ok(Self { blaze: loader.load(&BLAZE)?, mesh: loader.load(&MESH)? })
    }

    /// The faces in a square picture, RGB, by falling score.
    pub(crate) fn faces(&mut self, square: &Raster<u8>) -> Result<Vec<blazeface::Face>, RegisterError> {
        let raw = run(&mut self.blaze, &[1, blazeface::SIDE, blazeface::SIDE, 3], &blazeface::blob(square))?;
        let [values, scores] = raw.as_slice() else { return Err(RegisterError::Size(BLAZE.name)) };
        blazeface::decode(values, scores).ok_or(RegisterError::Size(BLAZE.name))
    }

    /// The 478 points of the face in a region of the picture, RGB, in the units of [`Region::points`]; `None` where the
    /// region has no area or the network gives no numbers.
    pub(crate) fn points(
        &mut self,
        image: &Raster<u8>,
        region: &Region,
    ) -> Result<Option<Vec<[f32; 3]>>, RegisterError> {
        let Some(square) = region.cut(image) else { return Ok(None) };
        let raw = run(&mut self.mesh, &[1, mesh_region::SIDE, mesh_region::SIDE, 3], &mesh_region::blob(&square))?;
        let points = region.points(first(&raw, MESH.name)?, image.width(), image.height());
        if points.len() != POINTS {
            return Err(RegisterError::Size(MESH.name));
        }
        Ok(points.as_flattened().iter().all(|value| value.is_finite()).then_some(points))
    }
}
