use std::fmt::Write as _;

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code, without which readers do not find it (ISO/IEC 18004: four).
const QUIET_ZONE: usize = 4;

/// A QR code of `text` as an inline picture: one path, black on white whatever the colours of
/// the page, with no style attribute that the page's policy would have to allow (docs/security.md#hdr-01).
///
/// Nothing at all for a text longer than a QR code holds; ours are a tenth of that.
pub fn qr(text: &str, label: &'static str) -> impl IntoView + use<> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let side = width + 2 * QUIET_ZONE;
    let path = path(&code.to_colors(), width);
    Some(view! {
        <div class="qr">
            <svg viewBox=format!("0 0 {side} {side}") role="img" aria-label=label>
                <rect width=side height=side fill="#fff" />
                <path d=path fill="#000" shape-rendering="crispEdges" />
            </svg>
        </div>
    })
}

/// One rectangle for each run of dark modules in a row.
fn path(modules: &[Color], width: usize) -> String {
    let mut path = String::new();
    for (y, row) in modules.chunks_exact(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let (left, top, length) = (x + QUIET_ZONE, y + QUIET_ZONE, run.len());
                // Writing to a String cannot fail.
                _ = write!(path, "M{left} {top}h{length}v1h-{length}z");
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_of_dark_modules_is_one_rectangle_inside_the_quiet_zone() {
        let (o, x) = (Color::Light, Color::Dark);
        let modules = [o, x, x, /**/ x, o, x, /**/ o, o, o];
        assert_eq!(path(&modules, 3), "M5 4h2v1h-2zM4 5h1v1h-1zM6 5h1v1h-1z");
    }
}
