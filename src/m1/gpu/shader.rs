//! The shaders, each composed of its own file and what it shares with others.

/// A part of a shader: its file's name for messages, and its text.
struct Part {
    file: &'static str,
    source: &'static str,
}

macro_rules! part {
    ($file:literal) => {
        Part { file: concat!("shaders/", $file), source: include_str!(concat!("../../../shaders/", $file)) }
    };
}

static DOT_PACKED: Part = part!("shared/dot_packed.wgsl");
static DOT_PLAIN: Part = part!("shared/dot_plain.wgsl");
static FIXED_POINT: Part = part!("shared/fixed_point.wgsl");
static EXP2: Part = part!("shared/exp2.wgsl");
static SQUARE_ROOT: Part = part!("shared/square_root.wgsl");
static WIDE: Part = part!("shared/wide.wgsl");
static LIMBS: Part = part!("shared/limbs.wgsl");
static TILE: Part = part!("m1/tile.wgsl");
static SHARE_OUT: Part = part!("m1/share_out.wgsl");
static RUN: Part = part!("m1/run.wgsl");
static EMBED: Part = part!("m1/embed.wgsl");
static NORM: Part = part!("m1/norm.wgsl");
static QUERY_KEY_VALUE: Part = part!("m1/query_key_value.wgsl");
static ATTENTION: Part = part!("m1/attention.wgsl");
static ADD: Part = part!("m1/add.wgsl");
static GATE_UP: Part = part!("m1/gate_up.wgsl");
static LOGITS: Part = part!("m1/logits.wgsl");
static FEED: Part = part!("m1/feed.wgsl");
static CDF: Part = part!("m1/cdf.wgsl");
static WINDOW: Part = part!("m1/window.wgsl");

/// How products of four 8-bit values are written. The results are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dot {
    /// With WGSL's own function, which is one instruction on many GPUs.
    Packed,
    /// In plain 32-bit arithmetic.
    Plain,
}

impl Dot {
    fn part(self) -> &'static Part {
        match self {
            Self::Packed => &DOT_PACKED,
            Self::Plain => &DOT_PLAIN,
        }
    }
}

/// The programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shader {
    Embed,
    Norm,
    QueryKeyValue(Dot),
    Attention(Dot),
    Add(Dot),
    GateUp(Dot),
    Logits(Dot),
    Feed,
    Cdf,
    Window,
}

impl Shader {
    /// The parts, the program's own last; directives have to come first of all, so the product does.
    fn parts(self) -> Vec<&'static Part> {
        match self {
            Self::Embed => vec![&EMBED],
            Self::Norm => vec![&FIXED_POINT, &SQUARE_ROOT, &NORM],
            Self::QueryKeyValue(dot) => vec![dot.part(), &FIXED_POINT, &TILE, &QUERY_KEY_VALUE],
            Self::Attention(dot) => vec![dot.part(), &FIXED_POINT, &EXP2, &ATTENTION],
            Self::Add(dot) => vec![dot.part(), &FIXED_POINT, &TILE, &ADD],
            Self::GateUp(dot) => vec![dot.part(), &FIXED_POINT, &TILE, &GATE_UP],
            Self::Logits(dot) => vec![dot.part(), &FIXED_POINT, &TILE, &LOGITS],
            Self::Feed => vec![&RUN, &FEED],
            Self::Cdf => vec![&EXP2, &WIDE, &SHARE_OUT, &RUN, &CDF],
            Self::Window => vec![&EXP2, &WIDE, &LIMBS, &SHARE_OUT, &RUN, &WINDOW],
        }
    }

    /// The name of the program's own file.
    pub fn file(self) -> &'static str {
        self.parts().last().map_or("", |part| part.file)
    }

    /// The whole program.
    pub fn source(self) -> String {
        self.parts().iter().map(|part| part.source).collect::<Vec<_>>().join("\n")
    }
}

/// The arithmetic that the programs share, for tests of its own.
#[cfg(test)]
pub(super) fn building_blocks(dot: Dot) -> String {
    [dot.part(), &FIXED_POINT, &SQUARE_ROOT, &WIDE, &LIMBS].map(|part| part.source).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgpu::naga;

    #[test]
    fn every_shader_is_valid() {
        let dots = [Dot::Packed, Dot::Plain];
        let products = [Shader::QueryKeyValue, Shader::Attention, Shader::Add, Shader::GateUp, Shader::Logits];
        let plain = [Shader::Embed, Shader::Norm, Shader::Feed, Shader::Cdf, Shader::Window];
        let all = products.iter().flat_map(|with| dots.map(with)).chain(plain);
        let faults: Vec<String> = all.filter_map(|shader| fault(shader.file(), &shader.source())).collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn a_fault_names_its_file() {
        let source = Shader::Norm.source().replace("let root = ", "let root: f32 = ");
        let source = source.replace("fn square_root", "fn square_rot");
        let found = fault(Shader::Norm.file(), &source).unwrap();
        assert!(found.contains("shaders/m1/norm.wgsl") && found.contains("square_root"), "{found}");
    }

    /// What is wrong with a shader, as naga says it.
    fn fault(file: &str, source: &str) -> Option<String> {
        let module = match naga::front::wgsl::parse_str(source) {
            Ok(module) => module,
            Err(error) => return Some(error.emit_to_string_with_path(source, file)),
        };
        let (flags, capabilities) = (naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
        let error = naga::valid::Validator::new(flags, capabilities).validate(&module).err()?;
        Some(error.emit_to_string_with_path(source, file))
    }
}
