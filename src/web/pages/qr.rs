use std::fmt::Write as _;

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// Width of the light margin around a QR code in modules, which scanners need (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// Renders a QR code of `text` as an inline SVG, black on white in every colour scheme.
///
/// Renders nothing if the text is too long. The SVG has no `style` attribute, which the content security policy would
/// refuse (docs/security.md#hdr-01).
pub fn render_qr_code(text: &str, label: &'static str) -> impl IntoView + use<> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let side = width + 2 * QUIET_ZONE;
    let path = qr_code_svg_path(&code.to_colors(), width);
    Some(view! {
        <div class="qr">
            <svg viewBox=format!("0 0 {side} {side}") role="img" aria-label=label>
                <rect width=side height=side fill="#fff" />
                <path d=path fill="#000" shape-rendering="crispEdges" />
            </svg>
        </div>
    })
}

/// Returns the SVG path of a QR code, with one rectangle for each horizontal run of dark modules.
fn qr_code_svg_path(modules: &[Color], width: usize) -> String {
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
    fn each_run_of_dark_qr_modules_is_one_rectangle() {
        let (o, x) = (Color::Light, Color::Dark);
        let modules = [o, x, x, /**/ x, o, x, /**/ o, o, o];
        assert_eq!(
            qr_code_svg_path(&modules, 3),
            "M5 4h2v1h-2zM4 5h1v1h-1zM6 5h1v1h-1z"
        );
    }
}
