//! Writes the client from the contract that `mde-openapi` embeds.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "codegen")]
    generate()?;
    Ok(())
}

#[cfg(feature = "codegen")]
fn generate() -> Result<(), Box<dyn std::error::Error>> {
    let source = mde_codegen::generate(mde_openapi::CONTRACT_NAME, mde_openapi::CONTRACT).map_err(|findings| {
        let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
        format!("the contract cannot be made into code\n{}", findings.join("\n"))
    })?;
    let out = std::env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?;
    std::fs::write(std::path::Path::new(&out).join("generated.rs"), source)?;
    Ok(())
}
