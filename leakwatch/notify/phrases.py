"""The fixed words of alerts, in both languages."""

from __future__ import annotations

from leakwatch.core.alert import Reason
from leakwatch.core.model import GapKind, Severity
from leakwatch.detection.rules import detector_of
from leakwatch.notify.inert_text import inert
from leakwatch_detectors.contract import Title

SYMBOLS = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🟠",
    Severity.MEDIUM: "🟡",
    Severity.LOW: "🔵",
    Severity.INFO: "⚪",
}

SEVERITIES = {
    Severity.CRITICAL: Title("严重", "CRITICAL"),
    Severity.HIGH: Title("高", "HIGH"),
    Severity.MEDIUM: Title("中", "MEDIUM"),
    Severity.LOW: Title("低", "LOW"),
    Severity.INFO: Title("提示", "INFO"),
}

REASONS = {
    Reason.FIRST: Title("发现泄露", "leak found"),
    Reason.NEW_ENTITY: Title("同一处出现新类型", "new kind of data in the same place"),
    Reason.SEVERITY_UP: Title("级别升高", "severity has risen"),
    Reason.GROWTH: Title("数量大增", "many more"),
    Reason.BACKLOG: Title("启动前已有的泄露", "leaks from before the start"),
    Reason.GAP: Title("监控盲区", "blind spot"),
    Reason.GAP_CLOSED: Title("盲区已消除", "blind spot closed"),
    Reason.TEST: Title("leakwatch 测试消息", "leakwatch test message"),
    Reason.HEARTBEAT: Title("leakwatch 运行正常", "leakwatch is alive"),
}

LABELS = {
    "what": Title("内容", "What"),
    "people": Title("涉及", "Concerns"),
    "where": Title("位置", "Where"),
    "sample": Title("样例（已脱敏）", "Sample (masked)"),
    "class": Title("分级", "Class"),
    "seen": Title("时间", "Seen"),
    "owner": Title("负责人", "Owner"),
    "labels": Title("标签", "Labels"),
    "next": Title("下一步", "Next"),
    "detail": Title("说明", "Detail"),
    "since": Title("起始", "Since"),
    "until": Title("恢复", "Until"),
}

TEXTS = {
    "people": Title("不超过 {count} 个不同主体", "at most {count} distinct subjects"),
    "service": Title("服务 {name}", "service {name}"),
    "key": Title("字段 {name}", "field {name}"),
    "host": Title("主机 {name}", "host {name}"),
    "more kinds": Title("等共 {count} 类", "and more, {count} kinds in all"),
    "several": Title("{count} 处需要关注", "{count} things need attention"),
    "named": Title("列出 {named} 处，共 {count} 处", "{named} named, {count} in all"),
    "next": Title("在主机 {host} 上运行 leakwatch status", "run leakwatch status on {host}"),
    "here": Title("在该主机上运行 leakwatch status", "run leakwatch status on the host"),
    "backlog": Title("启动前已有", "from before the start"),
    "works": Title("能看到这条消息，说明此通道可用。", "You read this, so this channel works."),
    "alive": Title("长时间收不到此消息，说明监控已停止。", "When this stops coming, nothing is watched any more."),
    "quiet": Title("从恢复时刻起重新监控。", "Watched again from then on."),
}

GAPS = {
    GapKind.OVERFLOW: (
        Title("文件事件过多，内核丢弃了一部分", "the kernel dropped file events: too many at once"),
        Title(
            "会自动重新核对全部文件；若反复出现，请调大 fs.inotify.max_queued_events",
            "everything is looked at again by itself; if it comes back, raise fs.inotify.max_queued_events",
        ),
    ),
    GapKind.WATCH_LIMIT: (
        Title(
            "监视数量达到系统上限，部分目录只能定时扫描",
            "the system's watch limit is reached; some directories are only scanned now and then",
        ),
        Title("请调大 fs.inotify.max_user_watches", "raise fs.inotify.max_user_watches"),
    ),
    GapKind.ROOT_MISSING: (
        Title("配置的目录不存在", "a configured directory does not exist"),
        Title(
            "请创建或挂载该目录，或修改 watch 的 paths；出现后会自动开始监控",
            "create or mount it, or correct the watch's paths; it is picked up by itself",
        ),
    ),
    GapKind.DENIED: (
        Title("没有读取权限", "reading is not permitted"),
        Title(
            "请授予 leakwatch 用户读取权限（用户组或 ACL）；授权后会自动读取",
            "give the user leakwatch runs as permission to read (group or ACL); it is read by itself then",
        ),
    ),
    GapKind.TRUNCATED: (
        Title("文件在读完之前被清空", "a file was truncated before it was read to its end"),
        Title(
            "被清空的内容没有检查；请改用改名方式轮转日志",
            "what was cut off was not checked; rotate by renaming instead",
        ),
    ),
    GapKind.DELETED: (
        Title("文件在读完之前被删除", "a file was deleted before it was read to its end"),
        Title("被删除的内容没有检查；请推迟删除", "what was deleted was not checked; let it stay longer"),
    ),
    GapKind.ROTATED: (
        Title(
            "日志在被发现之前已轮转改名，没有检查", "a log was begun and rotated before it was seen; it was not checked"
        ),
        Title(
            "请把轮转后的文件名也写入 paths（例如 app.log*）",
            "put its rotated names into paths, too (such as app.log*)",
        ),
    ),
    GapKind.SKIPPED: (
        Title("有内容无法检查而被跳过", "some input could not be checked and was skipped"),
        Title(
            "请人工确认该文件（加密、损坏、过大或格式不支持）",
            "look at the file yourself (encrypted, damaged, too large or of an unknown format)",
        ),
    ),
    GapKind.TIME_OUT: (
        Title("检查超时，部分内容没有检查", "checking took too long; a part was not checked"),
        Title("请人工确认该文件", "look at the file yourself"),
    ),
    GapKind.BEHIND: (
        Title("读取落后，告警会延迟", "reading is behind; alerts come late"),
        Title(
            "没有丢失：稍后会补上。可放宽 limits.cpu，或减少该目录的日志量",
            "nothing is lost, it is made up for; raise limits.cpu, or have less written there",
        ),
    ),
    GapKind.QUARANTINE: (
        Title(
            "文件多次使检查进程崩溃，已隔离不再检查", "a file crashed the checker again and again and is left out now"
        ),
        Title("请人工确认该文件并报告此问题", "look at the file yourself and report the fault"),
    ),
    GapKind.STATE_LOST: (
        Title("状态数据损坏或丢失，读取进度已重置", "the state was damaged or lost; reading positions start anew"),
        Title("可能出现重复告警；请检查 state_dir 所在磁盘", "alerts may repeat; check the disk of state_dir"),
    ),
    GapKind.UNWRITTEN: (
        Title(
            "状态数据无法写入，新的发现暂时无法记录和告警", "the state cannot be written; what is found cannot be told"
        ),
        Title(
            "请检查 state_dir 所在磁盘空间；恢复后会从停下的位置继续，不会丢失",
            "make room on the disk of state_dir; reading goes on where it stopped, and nothing is lost",
        ),
    ),
    GapKind.THREAD: (
        Title("leakwatch 的一个工作线程停止", "a part of leakwatch has stopped"),
        Title("请查看服务日志并重启服务", "read the service's log and restart it"),
    ),
    GapKind.CONFIG: (
        Title("新配置有误，仍使用旧配置", "the new configuration is wrong; the old one is still in use"),
        Title("请运行 leakwatch config check", "run leakwatch config check"),
    ),
    GapKind.RECEIVER: (
        Title("告警通道发送失败", "an alert channel does not deliver"),
        Title("请运行 leakwatch alert test --channel 通道名", "run leakwatch alert test --channel NAME"),
    ),
}


def say(title: Title, lang: str) -> str:
    """The text in that language; Chinese unless it is ``en``."""
    return title.en if lang == "en" else title.zh


def entity_title(entity: str, lang: str) -> str:
    """What people call that entity; its name when no detector has it any more."""
    detector = detector_of(entity)
    return inert(entity if detector is None else say(detector.title, lang))


def entity_severity(entity: str) -> Severity:
    """How bad that entity is by itself; medium when no detector has it any more."""
    detector = detector_of(entity)
    return Severity.MEDIUM if detector is None else Severity.of(detector.severity)
