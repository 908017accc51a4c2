"""Access tokens that can be told by their own prefix, as published by those who issue them."""

from __future__ import annotations

_FORMS = (
    r"gh[pousr]_[A-Za-z0-9]{36}",
    r"github_pat_[A-Za-z0-9_]{60,90}",
    (
        r"gl(?:(?:pat|dt|ft|soat|rt|cbt)-[A-Za-z0-9_\-]{20,64}|imt-[A-Za-z0-9_\-]{25}|ptt-[A-Za-z0-9_\-]{40}"
        r"|agent-[A-Za-z0-9_\-]{50}|oas-[A-Za-z0-9_\-]{64})(?![A-Za-z0-9_\-])"
    ),
    r"GR1348941[A-Za-z0-9_\-]{20,50}",
    r"xox(?:[abeoprs]-|e\.xox[bp]-)[A-Za-z0-9\-]{14,250}",
    r"xapp-[0-9]-[A-Za-z0-9\-]{20,200}",
    r"[sr]k_live_[A-Za-z0-9]{16,99}",
    r"SG\.[A-Za-z0-9_\-]{20,24}\.[A-Za-z0-9_\-]{39,50}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-AgE[A-Za-z0-9_\-]{70,250}",
    r"hf_[A-Za-z]{34}",
    r"api_org_[A-Za-z]{34}",
    r"sk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_\-]{93}AA",
    r"sk-(?!ant-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_\-]{32,200}",
    r"SK[0-9a-f]{32}",
    r"AKCp[A-Za-z0-9]{69}",
    r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
    r"[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,38}",
    r"hvs\.[A-Za-z0-9_\-]{60,200}",
    r"glc_[A-Za-z0-9+/]{40,400}={0,2}",
    r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}",
    r"dapi[0-9a-f]{32}",
    r"ntn_[0-9]{11}[A-Za-z0-9]{35}",
    r"sgp_(?:[a-fA-F0-9]{16}_)?[a-fA-F0-9]{40}",
    r"sntrys_eyJ[A-Za-z0-9+/=_\-]{60,400}",
    r"HRKU-AA[A-Za-z0-9_\-]{58}",
    r"ops_eyJ[A-Za-z0-9+/=_\-]{60,2000}",
    r"sha256~[A-Za-z0-9_\-]{43}",
    r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}",
    r"do[opr]_v1_[a-f0-9]{64}",
    r"s-s4t2(?:ud|af)-[a-f0-9]{64}",
    r"sq[apu]_[a-f0-9]{40}",
    r"[0-9a-f]{32}-us[0-9]{1,2}",
    r"EAA[MC][A-Za-z0-9]{100,300}",
    r"fm[12][ar]?_[A-Za-z0-9+/]{100,1000}={0,3}",
    r"(?<![~.])[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.\-]{31,34}(?![~.\-])",
    r"[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}",
)

SHAPED = "|".join(_FORMS)
"""All forms in one expression."""
