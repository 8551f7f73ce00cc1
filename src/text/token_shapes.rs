//! Shapes of the tokens of single issuers, after the prefixes in the rules of gitleaks
//! (github.com/gitleaks/gitleaks, `config/gitleaks.toml`). Shorter ones count too: a text may be cut.

use super::secret_shape::{Pattern, always, has_run};

/// One for each issuer, or family of issuers.
pub const VENDORS: [Pattern; 12] = [
    always(
        "ai-provider",
        &[
            "gsk", "xai", "pplx", "r8_", "r8-", "csk", "nvapi", "tvly", "fw_", "fw-", "api_org", "hfr",
            "dapi", "fc-",
        ],
        concat!(
            r"(?-u:\b)(?P<s>(?:gsk|xai|pplx|r8|csk|nvapi|tvly|fw|api_org|hfr)[_-][A-Za-z0-9_-]{16,}",
            r"|(?:dapi|fc-)[A-Za-z0-9_-]{24,})",
        ),
    ),
    always(
        "package-registry",
        &["npm_", "pypi-", "rubygems_", "dckr_"],
        r"(?-u:\b)(?P<s>npm_[A-Za-z0-9]{16,}|pypi-[A-Za-z0-9_-]{16,}|rubygems_[a-f0-9]{16,}|dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,})",
    ),
    always(
        "gitlab",
        &["glpat-", "glcbt-", "gldt-", "glft-", "gloas-", "glptt-", "glrt-", "glsoat-", "glagent-", "glimt-"],
        r"(?-u:\b)(?P<s>gl(?:pat|cbt|dt|ft|oas|ptt|rt|soat|agent|imt)-[A-Za-z0-9_.=-]{16,})",
    ),
    always(
        "cloud",
        &[
            "_v1_", "a3t", "abia", "acca", "gocspx-", "tskey-", "fo1_", "pscale_", "sbp_", "hvs.", "hvb.",
            "hvr.", "dp.", "pul-",
        ],
        concat!(
            r"(?-u:\b)(?P<s>do[opr]_v1_[a-f0-9]{16,}|(?:A3T[A-Z0-9]|ABIA|ACCA)[A-Z0-9]{16}|GOCSPX-[A-Za-z0-9_-]{16,}",
            r"|tskey-[A-Za-z0-9-]{10,}|fo1_[A-Za-z0-9_-]{16,}|pscale_[a-z]+_[A-Za-z0-9_.=-]{16,}|sbp_[a-f0-9]{16,}",
            r"|hv[sbr]\.[A-Za-z0-9_-]{16,}|dp\.[a-z]{2,6}\.[A-Za-z0-9_-]{16,}|pul-[a-f0-9]{16,})",
        ),
    ),
    always("sendgrid", &["sg."], r"(?-u:\b)(?P<s>SG\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)"),
    always("twilio", &["sk", "ac"], r"(?-u:\b)(?P<s>(?:SK|AC)[0-9a-f]{32})(?-u:\b)")
        .where_may(|text| has_run(text, 34)),
    always(
        "discord",
        &[],
        r"(?-u:\b)(?P<s>[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{5,8}\.[A-Za-z0-9_-]{16,})",
    )
    .where_may(|text| has_run(text, 46)),
    always(
        "shop",
        &["shpat_", "shpca_", "shppa_", "shpss_", "sq0", "eaaa"],
        r"(?-u:\b)(?P<s>shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{16,}|sq0[a-z]{3}-[A-Za-z0-9_-]{16,}|EAAA[A-Za-z0-9_-]{50,})",
    ),
    always(
        "service",
        &["lin_api_", "ntn_", "pmak-", "figd_", "glsa_", "glc_", "atatt3", "syt_", "key-"],
        concat!(
            r"(?-u:\b)(?P<s>lin_api_[A-Za-z0-9]{16,}|ntn_[A-Za-z0-9]{16,}|PMAK-[A-Za-z0-9-]{16,}|figd_[A-Za-z0-9_-]{16,}",
            r"|gl(?:sa|c)_[A-Za-z0-9_=+/-]{16,}|ATATT3[A-Za-z0-9_=-]{16,}|syt_[A-Za-z0-9_]{10,}|key-[a-f0-9]{32})",
        ),
    ),
    always("age", &["age-secret-key-1"], r"(?-u:\b)(?P<s>AGE-SECRET-KEY-1[A-Z0-9]{16,})"),
    always("slack", &["hooks.slack.com"], r"(?P<s>hooks\.slack\.com/services/[A-Za-z0-9/_-]{8,})"),
    always("discord", &["discord"], r"(?P<s>discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{8,})"),
];
