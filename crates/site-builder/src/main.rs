//! `site-builder NAME.wasm FOLDER` writes the JavaScript glue of a WASM build, `NAME.js`, and the WASM module that
//! belongs to it, `NAME_bg.wasm`, into FOLDER.
//!
//! It does what `wasm-bindgen --target web --no-typescript` does. The generator is a Cargo dependency,
//! so its version always matches the library in `Cargo.lock`. Unused parts of the command line tool, such as its test
//! server, are not compiled.

use std::path::PathBuf;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let name = arguments
        .first()
        .and_then(|wasm| wasm.file_stem()?.to_str());
    let ([wasm, folder], Some(name)) = (arguments.as_slice(), name) else {
        eprintln!("usage: site-builder NAME.wasm FOLDER");
        return ExitCode::from(2);
    };
    let generated = Bindgen::new()
        .input_path(wasm)
        .out_name(name)
        .typescript(false)
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder));
    match generated {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "JavaScript glue for {} not generated: {error:#}",
                wasm.display()
            );
            ExitCode::FAILURE
        }
    }
}
