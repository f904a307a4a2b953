//! The windows of convolutions and pools: attributes, and the padding that they leave open.

use lionml_tensor::{Shape, Window};

use crate::{ImportError, node::NodeImport};

impl NodeImport<'_, '_> {
    /// The window over the spatial axes of an operand, from the node's attributes; the kernel is theirs
    /// where none is known.
    pub(crate) fn window(
        &self,
        operand: &Shape,
        kernel: Option<&[usize]>,
        has_ceil_mode: bool,
    ) -> Result<Window, ImportError> {
        let spatial = operand.axes().get(2..).unwrap_or_default();
        let rank = spatial.len();
        if rank == 0 {
            return Err(self.error(format!("its operand of shape `{operand}` has no spatial axis")));
        }
        let kernel = match (self.sizes("kernel_shape", rank, 1)?, kernel) {
            (Some(stated), Some(known)) if stated != known => {
                return Err(self.error(format!(
                    "attribute `kernel_shape` is `{stated:?}`, and its weights are for `{known:?}`"
                )));
            }
            (stated, known) => stated
                .or_else(|| known.map(<[usize]>::to_vec))
                .ok_or_else(|| self.error("it has no attribute `kernel_shape`"))?,
        };
        let strides = self.sizes("strides", rank, 1)?.unwrap_or_else(|| vec![1; rank]);
        let dilations = self.sizes("dilations", rank, 1)?.unwrap_or_else(|| vec![1; rank]);
        let is_ceil = has_ceil_mode && self.flag("ceil_mode", false)?;
        let auto_pad = self.text("auto_pad", "NOTSET")?;
        let pads = self.sizes("pads", 2 * rank, 0)?;
        let is_automatic = !matches!(auto_pad.as_str(), "" | "NOTSET");
        if is_automatic && pads.as_ref().is_some_and(|pads| pads.iter().any(|pad| *pad > 0)) {
            let value = format!("{pads:?}");
            return Err(self.refuse_attribute("pads", value, "no padding beside `auto_pad`"));
        }
        let pads = pads.unwrap_or_else(|| vec![0; 2 * rank]);
        let (before, after) = pads.split_at_checked(rank).unwrap_or_default();
        let mut window = Window {
            kernel,
            strides,
            dilations,
            pads_before: before.to_vec(),
            pads_after: after.to_vec(),
            output: Vec::with_capacity(rank),
        };
        for axis in 0..rank {
            let at = |sizes: &[usize]| sizes.get(axis).copied().unwrap_or_default();
            let (size, stride) = (at(spatial), at(&window.strides));
            // How far the last tap of a window is from its first.
            let reach = (at(&window.kernel) - 1).saturating_mul(at(&window.dilations));
            if let "SAME_UPPER" | "SAME_LOWER" = auto_pad.as_str() {
                let output = size.div_ceil(stride);
                let end = output.saturating_sub(1).saturating_mul(stride).saturating_add(reach + 1);
                let padding = end.saturating_sub(size);
                let smaller = padding / 2;
                let (before, after) = match auto_pad.as_str() {
                    "SAME_UPPER" => (smaller, padding - smaller),
                    _ => (padding - smaller, smaller),
                };
                set(&mut window.pads_before, axis, before);
                set(&mut window.pads_after, axis, after);
                window.output.push(output);
                continue;
            }
            if is_automatic && auto_pad != "VALID" {
                return Err(self.refuse_attribute(
                    "auto_pad",
                    auto_pad,
                    "`NOTSET`, `SAME_UPPER`, `SAME_LOWER` and `VALID`",
                ));
            }
            let (before, after) = (at(&window.pads_before), at(&window.pads_after));
            let padded = size.saturating_add(before).saturating_add(after);
            let Some(room) = padded.checked_sub(reach.saturating_add(1)) else {
                return Err(self.error(format!(
                    "its window of `{}` elements is longer than the `{padded}` of axis `{}`",
                    reach.saturating_add(1),
                    axis + 2
                )));
            };
            let steps = if is_ceil { room.div_ceil(stride) } else { room / stride };
            // No window begins in the padding behind.
            let is_behind = is_ceil && steps.saturating_mul(stride) >= size.saturating_add(before);
            window.output.push(if is_behind { steps } else { steps + 1 });
        }
        Ok(window)
    }

    /// A list of sizes, each at least so large.
    fn sizes(
        &self,
        name: &str,
        count: usize,
        least: usize,
    ) -> Result<Option<Vec<usize>>, ImportError> {
        let Some(list) = self.ints(name)? else { return Ok(None) };
        let sizes: Option<Vec<_>> = list
            .iter()
            .map(|size| usize::try_from(*size).ok().filter(|size| *size >= least))
            .collect();
        sizes.filter(|sizes| sizes.len() == count).map(Some).ok_or_else(|| {
            self.refuse_attribute(
                name,
                format!("{list:?}"),
                "as many sizes as the window has axes, of pads twice as many",
            )
        })
    }
}

fn set(sizes: &mut [usize], axis: usize, size: usize) {
    if let Some(place) = sizes.get_mut(axis) {
        *place = size;
    }
}
