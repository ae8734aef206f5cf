//! Files of the brand that the server serves: images read at start, and the web app manifest.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::brand_colours::LIGHT;
use super::reader::SettingsReader;

/// Maximum size of a picture, in bytes.
const LARGEST_PICTURE: u64 = 102_400;
/// Permitted side lengths of a square icon, in pixels. Home screens of iOS show 180.
const ICON_SIDES: std::ops::RangeInclusive<u32> = 180..=1_024;
/// What may precede the root element of an SVG, as pairs of beginning and end.
const PROLOG: [(&str, &str); 3] = [("<?", "?>"), ("<!--", "-->"), ("<!doctype", ">")];
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// File of the operator's brand, such as a logo, which the server serves from memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandFile {
    pub media_type: &'static str,
    pub content: Arc<[u8]>,
    /// The path of its URL. It contains a hash of the content, so a new content has a new URL.
    pub path: String,
}

impl BrandFile {
    /// Creates a brand file whose URL path contains a hash of its content.
    pub(super) fn with_content_hash_in_path(
        stem: &str,
        extension: &str,
        media_type: &'static str,
        content: Vec<u8>,
    ) -> Self {
        let hash = hex::encode(&Sha256::digest(&content)[..8]);
        Self {
            media_type,
            path: format!("/brand/{stem}-{hash}.{extension}"),
            content: content.into(),
        }
    }
}

/// Builds the web app manifest. Without a brand icon, it refers to the default icons.
pub(super) fn build_web_app_manifest(name: &str, icon: Option<&BrandFile>) -> BrandFile {
    let icons = match icon {
        Some(icon) => {
            let (width, height) = read_png_size(&icon.content).unwrap_or_default();
            let sizes = format!("{width}x{height}");
            json!([{ "src": icon.path, "sizes": sizes, "type": icon.media_type }])
        }
        None => json!([
            { "src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml" },
            { "src": "/apple-touch-icon.png", "sizes": "180x180", "type": "image/png" },
        ]),
    };
    let content = json!({
        "id": "/",
        "name": name,
        "short_name": name,
        "start_url": "/",
        "scope": "/",
        "display": "browser",
        "theme_color": LIGHT.page.to_string(),
        "background_color": LIGHT.page.to_string(),
        "icons": icons,
    });
    BrandFile::with_content_hash_in_path(
        "manifest",
        "webmanifest",
        "application/manifest+json",
        content.to_string().into_bytes(),
    )
}

/// Reads the logo and its variant for the dark theme. Reports an error if only the variant is set.
pub(super) fn read_brand_logos(
    reader: &mut SettingsReader,
    cwd: &Path,
) -> (Option<BrandFile>, Option<BrandFile>) {
    const DARK: &str = "SALLYPORT_BRAND_LOGO_DARK";
    let is_set = reader.read_text("SALLYPORT_BRAND_LOGO").is_some();
    let logo = read_brand_logo_file(reader, cwd, "SALLYPORT_BRAND_LOGO", "logo");
    let dark = read_brand_logo_file(reader, cwd, DARK, "dark-logo");
    if dark.is_some() && !is_set {
        let problem = "is set without SALLYPORT_BRAND_LOGO".to_owned();
        reader.report_setting_error(DARK, problem, "set SALLYPORT_BRAND_LOGO too, or remove it");
    }
    (logo, dark)
}

/// Reads a logo file, which must be SVG, PNG or WebP.
fn read_brand_logo_file(
    reader: &mut SettingsReader,
    cwd: &Path,
    name: &'static str,
    stem: &str,
) -> Option<BrandFile> {
    const HINT: &str = "set the path of an SVG, PNG or WebP file, such as /etc/sallyport/logo.svg";
    let find_type = |content: &[u8]| {
        detect_picture_type(content)
            .ok_or_else(|| "is not an SVG without scripts, a PNG or a WebP".into())
    };
    read_brand_image_file(reader, cwd, name, stem, HINT, find_type)
}

/// Reads the brand icon, which must be a square PNG file.
pub(super) fn read_brand_icon(reader: &mut SettingsReader, cwd: &Path) -> Option<BrandFile> {
    const HINT: &str =
        "set the path of a PNG file with 512 x 512 pixels, such as /etc/sallyport/icon.png";
    let find_type = |content: &[u8]| match read_png_size(content) {
        None => Err("is not a PNG".to_owned()),
        Some((width, height)) if width != height || !ICON_SIDES.contains(&width) => {
            let (min, max) = (ICON_SIDES.start(), ICON_SIDES.end());
            Err(format!(
                "has {width} x {height} pixels, and a square of {min} to {max} pixels is needed"
            ))
        }
        Some(_) => Ok(("image/png", "png")),
    };
    read_brand_image_file(reader, cwd, "SALLYPORT_BRAND_ICON", "icon", HINT, find_type)
}

/// Reads the image file whose path is the value of the setting `name`.
///
/// `find_type` returns media type and file extension of the content, or the reason why the file is refused.
fn read_brand_image_file(
    reader: &mut SettingsReader,
    cwd: &Path,
    name: &'static str,
    stem: &str,
    hint: &str,
    find_type: impl Fn(&[u8]) -> Result<(&'static str, &'static str), String>,
) -> Option<BrandFile> {
    let path = reader.read_text(name)?;
    let picture = read_file_within_size_limit(&cwd.join(&path)).and_then(|content| {
        let (media_type, extension) = find_type(&content)?;
        Ok(BrandFile::with_content_hash_in_path(
            stem, extension, media_type, content,
        ))
    });
    match picture {
        Ok(file) => Some(file),
        Err(problem) => {
            reader.report_setting_error(name, format!("`{path}` {problem}"), hint);
            None
        }
    }
}

/// Reads a file that is not larger than the maximum size of brand images.
fn read_file_within_size_limit(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("is not a file".to_owned());
    }
    let size = metadata.len();
    if size > LARGEST_PICTURE {
        return Err(format!(
            "has {size} bytes, and at most {LARGEST_PICTURE} are permitted"
        ));
    }
    std::fs::read(path).map_err(unreadable)
}

/// Detects from its content whether an image is SVG, PNG or WebP, and returns media type and file extension.
fn detect_picture_type(content: &[u8]) -> Option<(&'static str, &'static str)> {
    if read_png_size(content).is_some() {
        return Some(("image/png", "png"));
    }
    if content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        return Some(("image/webp", "webp"));
    }
    let text = std::str::from_utf8(content).ok()?;
    is_svg_without_script(text).then_some(("image/svg+xml", "svg"))
}

/// Reads width and height in pixels from the header of a PNG file (<https://www.w3.org/TR/png-3/#11IHDR>).
///
/// Returns `None` for other files.
fn read_png_size(content: &[u8]) -> Option<(u32, u32)> {
    let header = content.strip_prefix(PNG_SIGNATURE)?;
    let header = header.get(4..)?.strip_prefix(b"IHDR")?;
    let (width, rest) = header.split_first_chunk()?;
    let (height, _) = rest.split_first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

/// Returns whether a text is an SVG image without a `script` element.
fn is_svg_without_script(text: &str) -> bool {
    // Browsers run no script of an embedded picture. The content security policy permits none if a user opens the
    // picture alone.
    let text = text.to_ascii_lowercase();
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    while let Some((inside, end)) = PROLOG
        .into_iter()
        .find_map(|(begin, end)| Some((rest.strip_prefix(begin)?, end)))
    {
        let Some((_, after)) = inside.split_once(end) else {
            return false;
        };
        rest = after.trim_start();
    }
    let root = rest.strip_prefix("<svg");
    root.is_some_and(|rest| rest.starts_with(|c: char| c.is_whitespace() || "/>".contains(c)))
        && text.trim_end().ends_with('>')
        && !text.contains("<script")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x01\0\x08\x06\0\0\0";

    #[test]
    fn type_of_a_picture_is_detected_by_its_content() {
        for (content, found) in [
            (PNG, Some("image/png")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                Some("image/svg+xml"),
            ),
            (
                b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><!-- b -->\n<SVG></SVG>\n",
                Some("image/svg+xml"),
            ),
            (
                b"<?xml version='1.0'?><!-- a --><!DOCTYPE svg PUBLIC 'b' 'c'><!-- d --><svg></svg>",
                Some("image/svg+xml"),
            ),
            (b"<svg><script>alert(1)</script></svg>", None),
            (b"<svg><SCRIPT href='a'/></svg>", None),
            (b"<html><svg/></html>", None),
            (b"<svgfoo/>", None),
            (b"<svg", None),
            (b"<!-- <svg/>", None),
            (b"GIF89a", None),
            (b"\x89PNG\r\n\x1a\n", None),
            (b"", None),
        ] {
            assert_eq!(
                detect_picture_type(content).map(|(media_type, _)| media_type),
                found,
                "{}",
                String::from_utf8_lossy(content)
            );
        }
    }

    #[test]
    fn size_of_a_png_is_read_from_its_header() {
        assert_eq!(read_png_size(PNG), Some((512, 256)));
        assert_eq!(read_png_size(&PNG[..20]), None);
    }

    #[test]
    fn path_of_a_brand_file_changes_with_its_content() {
        let file = |content: &str| {
            BrandFile::with_content_hash_in_path("logo", "svg", "image/svg+xml", content.into())
        };
        assert_eq!(file("<svg/>"), file("<svg/>"));
        assert_ne!(file("<svg/>").path, file("<svg />").path);
    }
}
