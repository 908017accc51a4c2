"""Access tokens that can be told by their own form, as published by those who issue them (2026).

Most begin with letters that nobody else uses. Test and sandbox tokens are left out unless they look like live ones.
"""

from __future__ import annotations

from typing import NamedTuple


class Form(NamedTuple):
    """One form: who issues it, its expression, a token of it, and a text beside it that is none. Nobody has these."""

    issuer: str
    pattern: str
    example: str
    miss: str


_HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9" * 8
_CAPITALS = "0A1B2C3D4E5F6G7H8J9KLMNPQRSTUVWX" * 8
_SMALL = "0a1b2c3d4e5f6g7h8i9jklmnopqrstuvwxyz" * 12
_MIXED = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sTuVwXyZ" * 40
_LETTERS = "aBcDeFgHiJkLmNoPqRsTuVwXyZ" * 4


def _of(issuer: str, prefix: str, body: str, length: int, pattern: str | None = None) -> Form:
    """A form with a fixed beginning; the miss is one sign short."""
    signs = {_HEX: "[0-9a-f]", _CAPITALS: "[A-Z0-9]", _SMALL: "[a-z0-9]", _MIXED: "[A-Za-z0-9]"}
    pattern = pattern or f"{prefix.replace('.', '[.]')}{signs[body]}{{{length}}}"
    return Form(issuer, pattern, prefix + body[:length], prefix + body[: length - 1])


FORMS = (
    # code and packages
    _of("GitHub", "ghp_", _MIXED, 36, r"gh[pousr]_[A-Za-z0-9]{36}"),
    _of("GitHub, fine-grained", "github_pat_", _MIXED, 60, r"github_pat_[A-Za-z0-9_]{60,90}"),
    _of("GitLab", "glpat-", _MIXED, 20, r"gl(?:pat|dt|ft|soat|rt|cbt)-[A-Za-z0-9_\-]{20,50}(?![A-Za-z0-9_\-])"),
    _of("GitLab, mail", "glimt-", _MIXED, 25, r"glimt-[A-Za-z0-9_\-]{25}(?![A-Za-z0-9_\-])"),
    _of("GitLab, trigger", "glptt-", _HEX, 40, r"glptt-[A-Za-z0-9_\-]{40}(?![A-Za-z0-9_\-])"),
    _of("GitLab, agent", "glagent-", _MIXED, 50, r"glagent-[A-Za-z0-9_\-]{50}(?![A-Za-z0-9_\-])"),
    _of("GitLab, application", "gloas-", _MIXED, 64, r"gloas-[A-Za-z0-9_\-]{64}(?![A-Za-z0-9_\-])"),
    _of("GitLab, feature flags", "glffct-", _MIXED, 20, r"glffct-[A-Za-z0-9_\-]{20}(?![A-Za-z0-9_\-])"),
    _of("GitLab, runner registration", "GR1348941", _MIXED, 20, r"GR1348941[A-Za-z0-9_\-]{20,50}"),
    _of("npm", "npm_", _MIXED, 36),
    _of(
        "PyPI",
        "pypi-AgEIcHlwaS5vcmc",
        _MIXED,
        70,
        r"pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_\-]{70,250}",
    ),
    _of("RubyGems", "rubygems_", _HEX, 48),
    _of("Clojars", "CLOJARS_", _SMALL, 60, r"(?:CLOJARS|clojars)_[a-z0-9]{60}"),
    _of("Artifactory", "AKCp", _MIXED, 69),
    _of("Artifactory, reference token", "cmVmd", _MIXED, 59),
    _of("NuGet", "oy2", _SMALL, 43),
    _of("SonarQube", "sqp_", _HEX, 40, r"sq[apu]_[a-f0-9]{40}"),
    _of("Contentful", "CFPAT-", _MIXED, 43, r"CFPAT-[A-Za-z0-9_\-]{43}(?![A-Za-z0-9_\-])"),
    _of("Adafruit", "aio_", _MIXED, 28),
    _of("Postman", "PMAK-0a1b2c3d4e5f6a7b8c9d0e1f-", _HEX, 34, r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    _of("Octopus Deploy", "API-", _CAPITALS, 26),
    _of("Pulumi", "pul-", _HEX, 40),
    _of(
        "HashiCorp Terraform",
        "0aB1cD2eF3gH4i.atlasv1.",
        _MIXED,
        60,
        r"[A-Za-z0-9]{14}[.]atlasv1[.][A-Za-z0-9_\-=]{60,70}",
    ),
    _of("HashiCorp Vault", "hvs.", _MIXED, 60, r"hvs\.[A-Za-z0-9_\-]{60,200}"),
    _of("HashiCorp Vault, batch", "hvb.", _MIXED, 138, r"hvb\.[A-Za-z0-9_\-]{138,300}"),
    _of("Sourcegraph", "sgp_", _HEX, 40, r"sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}"),
    _of("Prefect", "pnu_", _MIXED, 36),
    _of("Readme", "rdme_", _SMALL, 70),
    _of("Linear", "lin_api_", _MIXED, 40),
    _of("Doppler", "dp.pt.", _MIXED, 43),
    _of("Infracost", "ico-", _MIXED, 32),
    _of("Snyk", "snyk_uat.0a1b2c3d.", _MIXED, 60, r"snyk_(?:uat|sat)[.][a-z0-9]{8}[.][A-Za-z0-9._\-]{60,100}"),
    # machines and clouds
    _of(
        "SoftLayer",
        "api.softlayer.com/soap/v3.1/",
        _HEX,
        64,
        r"api\.softlayer\.com/(?:soap|rest)/v3(?:\.[0-9])?/[0-9a-f]{64}",
    ),
    _of("DigitalOcean", "dop_v1_", _HEX, 64, r"do[opr]_v1_[a-f0-9]{64}"),
    _of("Heroku", "HRKU-AA", _MIXED, 58, r"HRKU-AA[A-Za-z0-9_\-]{58}"),
    _of("Databricks", "dapi", _HEX, 32, r"dapi[0-9a-f]{32}(?:-[0-9])?"),
    _of("OpenShift", "sha256~", _MIXED, 43, r"sha256~[A-Za-z0-9_\-]{43}"),
    _of("Fly.io", "fo1_", _MIXED, 43, r"fo1_[A-Za-z0-9_\-]{43}"),
    _of("Fly.io, macaroon", "fm2_", _MIXED, 100, r"fm[12][ar]?_[A-Za-z0-9+/]{100,1000}={0,3}"),
    _of("PlanetScale", "pscale_tkn_", _MIXED, 32, r"pscale_(?:tkn|oauth|pw)_[A-Za-z0-9=_.\-]{32,64}"),
    _of("ClickHouse Cloud", "4b1d", _MIXED, 38),
    _of("Scalingo", "tk-us-", _MIXED, 48, r"tk-us-[A-Za-z0-9_\-]{48}"),
    _of("Cloudflare, origin CA", "v1.0-0a1b2c3d4e5f60718293a4b5-", _HEX, 146, r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}"),
    _of(
        "Azure AD", "0aB1Q~", _MIXED, 34, r"(?<![~.])[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.\-]{31,34}(?![~.\-])"
    )._replace(miss="0aB1Q~" + _MIXED[:30]),
    _of("Dynatrace", "dt0c01.0A1B2C3D4E5F6G7H8J9KLMNP.", _CAPITALS, 64, r"dt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}"),
    _of("Yandex Cloud", "AQVN", _MIXED, 36, r"AQVN[A-Za-z0-9_\-]{35,38}")._replace(miss="AQVN" + _MIXED[:30]),
    # watching
    _of("Grafana Cloud", "glc_", _MIXED, 40, r"glc_[A-Za-z0-9+/]{40,400}={0,2}"),
    _of("Grafana", "glsa_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sTuV_", _HEX, 8, r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    _of("Sentry", "sntrys_eyJ", _MIXED, 60, r"sntrys_eyJ[A-Za-z0-9+/=_\-]{60,400}"),
    _of("Sentry, user", "sntryu_", _HEX, 64),
    _of("New Relic", "NRAK-", _CAPITALS, 27, r"NRAK-[A-Za-z0-9]{27}"),
    _of("New Relic, insert", "NRII-", _MIXED, 32, r"NRII-[A-Za-z0-9\-]{32}"),
    _of("New Relic, browser", "NRJS-", _HEX, 19),
    # chats and mail
    Form(
        "Slack, bot",
        r"xoxb-[0-9]{6,14}-(?:[0-9]{10,13}-?[A-Za-z0-9\-]{0,40}|[A-Za-z0-9]{18,26})",
        "xoxb-0000000000-" + _MIXED[:24],
        "xoxb-0000-" + _MIXED[:24],
    ),
    Form(
        "Slack, user",
        r"xox[pose](?:-[0-9]{6,13}){2,3}-[A-Za-z0-9\-]{18,34}",
        "xoxp-0000000000-1111111111-2222222222-" + _HEX[:32],
        "xoxp-0000-1111-2222-" + _HEX[:32],
    ),
    _of("Slack, workspace", "xoxa-2-", _MIXED, 40, r"xox[ar]-(?:[0-9]-)?[0-9A-Za-z\-]{14,80}")._replace(
        miss="xoxa-2-" + _MIXED[:8]
    ),
    _of(
        "Slack, configuration", "xoxe.xoxp-1-", _CAPITALS, 163, r"xoxe(?:\.xox[bp])?-[0-9]-[A-Z0-9a-z]{140,170}"
    )._replace(miss="xoxe.xoxp-1-" + _CAPITALS[:60]),
    _of("Slack, application", "xapp-1-", _CAPITALS, 20, r"xapp-[0-9]-[A-Za-z0-9\-]{20,200}"),
    _of(
        "Discord",
        "M0aB1cD2eF3gH4iJ5kL6mN7o.X0aB1c.",
        _MIXED,
        27,
        r"[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,38}",
    ),
    _of("Telegram", "0000000000:AA", _MIXED, 33, r"[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}"),
    _of(
        "SendGrid", "SG.0aB1cD2eF3gH4iJ5kL6mN7.", _MIXED, 43, r"SG\.[A-Za-z0-9_\-]{20,24}\.[A-Za-z0-9_\-]{39,50}"
    )._replace(miss="SG.0aB1cD2eF3gH4iJ5kL6mN7." + _MIXED[:30]),
    _of("Brevo", f"xkeysib-{_HEX[:64]}-", _MIXED, 16, r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    Form("Mailchimp", r"[0-9a-f]{32}-us[0-9]{1,2}", _HEX[:32] + "-us20", _HEX[:31] + "-us20"),
    _of("Mailgun", "key-", _HEX, 32, r"(?:pub)?key-[a-f0-9]{32}"),
    _of("Typeform", "tfp_", _MIXED, 59, r"tfp_[A-Za-z0-9_.=\-]{59}"),
    _of("Twilio", "SK", _HEX, 32),
    _of("Frame.io", "fio-u-", _MIXED, 64, r"fio-u-[A-Za-z0-9_=\-]{64}"),
    # money
    _of("Stripe", "sk_live_", _MIXED, 16, r"[sr]k_(?:live|prod|test)_[A-Za-z0-9]{16,99}"),
    _of("Square", "sq0atp-", _MIXED, 22, r"sq0(?:atp|csp)-[A-Za-z0-9_\-]{22,60}"),
    _of("Square, access token", "EAAA", _MIXED, 60, r"EAAA[A-Za-z0-9_\-]{60}"),
    _of("Shopify", "shpat_", _HEX, 32, r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}"),
    _of("EasyPost", "EZAK", _MIXED, 54, r"EZ[AT]K[A-Za-z0-9]{54}"),
    _of("Shippo", "shippo_live_", _HEX, 40, r"shippo_(?:live|test)_[a-fA-F0-9]{40}"),
    _of("Duffel", "duffel_live_", _MIXED, 43, r"duffel_(?:test|live)_[A-Za-z0-9_=\-]{43}"),
    Form("Flutterwave", r"FLWSECK(?:_TEST)?-[a-h0-9]{32}-X", f"FLWSECK-{_HEX[:32]}-X", f"FLWSECK-{_HEX[:31]}-X"),
    _of(
        "Plaid",
        "access-production-0a1b2c3d-4e5f-6071-8293-",
        _HEX,
        12,
        r"access-(?:sandbox|development|production)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ),
    _of("Facebook", "EAAC", _MIXED, 100, r"EAA[MC][A-Za-z0-9]{100,300}"),
    # models
    _of("Hugging Face", "hf_", _LETTERS, 34, r"hf_[A-Za-z]{34}"),
    _of("Hugging Face, organisation", "api_org_", _LETTERS, 34, r"api_org_[A-Za-z]{34}"),
    Form(
        "Anthropic",
        r"sk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_\-]{93}AA",
        f"sk-ant-api03-{_MIXED[:93]}AA",
        f"sk-ant-api03-{_MIXED[:90]}AA",
    ),
    Form(
        "OpenAI, project",
        r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_\-]{20,100}T3BlbkFJ[A-Za-z0-9_\-]{20,100}",
        f"sk-proj-{_MIXED[:58]}T3BlbkFJ{_MIXED[:58]}",
        "sk-proj-" + _MIXED[:48],
    ),
    _of("OpenAI, and others after it", "sk-", _MIXED, 32, r"sk-(?!ant-|proj-|svcacct-|admin-)[A-Za-z0-9_\-]{32,200}"),
    _of("Perplexity", "pplx-", _MIXED, 48),
    # secrets of secrets
    _of(
        "1Password",
        "A3-0A1B2C-3D4E5F6G7H8-J9KLM-NPQRS-",
        _CAPITALS,
        5,
        r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
    ),
    _of("1Password, service account", "ops_eyJ", _MIXED, 60, r"ops_eyJ[A-Za-z0-9+/=_\-]{60,2000}"),
    _of(
        "age",
        "AGE-SECRET-KEY-1",
        "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2,
        58,
        r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
    ),
    _of("Adobe", "p8e-", _SMALL, 32, r"p8e-[A-Za-z0-9]{32}"),
    _of(
        "Authress",
        "sc_0a1b2c3d.0a1b.acc_0a1b2c3d4e.",
        _MIXED,
        30,
        r"(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}[.][A-Za-z0-9]{4,6}[.]acc[_\-][a-z0-9\-]{10,32}[.][A-Za-z0-9+/_=\-]{30,120}",
    ),
    _of("MaxMind", "0aB1cD_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9s_mm", "k", 1, r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk"),
    _of("Notion", "ntn_00000000000", _MIXED, 35, r"ntn_[0-9]{11}[A-Za-z0-9]{35}"),
    _of("Atlassian", "ATATT3", _MIXED, 186, r"ATATT3[A-Za-z0-9_=\-]{186}"),
    _of("SettleMint", "sm_pat_", _MIXED, 16, r"sm_(?:aat|pat|sat)_[A-Za-z0-9]{16}"),
    _of("Defined Networking", f"dnkey-{_SMALL[:26]}-", _SMALL, 52, r"dnkey-[A-Za-z0-9=_\-]{26}-[A-Za-z0-9=_\-]{52}"),
    _of("42 Intra", "s-s4t2ud-", _HEX, 64, r"s-s4t2(?:ud|af)-[a-f0-9]{64}"),
)

SHAPED = "|".join(form.pattern for form in FORMS)
"""All forms in one expression."""
