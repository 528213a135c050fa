/* The one table of commands: what it says about options and arguments is what the parser and the
 * help go by. */
#include "cli/session.h"

#include <stddef.h>

static const struct option report_options[] = {
        {.name = "title", .value = "TITLE", .field = "title"},
        {.name = "text", .value = "TEXT", .field = "text"},
        {.name = "category", .value = "CATEGORY", .field = "category"},
        {.name = "unit", .value = "UNIT", .field = "unit"},
        {.name = "urgency", .value = "U1…U4", .field = "urgency"},
        {.name = "source", .value = "SOURCE", .field = "source"},
        {.name = "applicant", .value = "yes|no", .field = "applicant"},
        {.name = "occurred-at", .value = "TIME", .field = "occurred_at"},
        {.name = "place", .value = "TEXT", .field = "place"},
        {.name = "at", .value = "LAT,LON", .field = "at"},
        {.name = "tag", .value = "TAG", .field = "tag", .flags = OPTION_REPEAT},
        {.name = "scale", .value = "SCALE", .field = "scale"},
        {.name = "ref", .value = "SYSTEM:NUMBER", .field = "ref"},
        {.name = "key", .value = "ONCE", .flags = OPTION_FILLED},
        {.name = "from", .value = "FILE.jsonl|FILE.csv|-", .flags = OPTION_PATH},
        {.name = "photo", .value = "FILE", .flags = OPTION_LATER},
        {.name = "resolved", .value = "METHOD", .field = "resolved"},
        {.name = "result", .value = "TEXT", .field = "result"},
        {0},
};
static const struct option discuss_options[] = {
        {.name = "risk", .value = "R0…R3", .field = "risk"},
        {0},
};
static const struct option accept_options[] = {
        {.name = "category", .value = "CATEGORY", .field = "category", .help = "accept_category"},
        {0},
};
static const struct option decline_options[] = {
        {.name = "reason",
                .value = "REASON",
                .field = "reason",
                .flags = OPTION_NEEDED,
                .help = "decline_reason"},
        {0},
};
static const struct option assign_options[] = {
        {.name = "lead", .value = "LEAD", .field = "lead", .flags = OPTION_NEEDED},
        {.name = "assist", .value = "LEAD", .field = "assist", .flags = OPTION_REPEAT},
        {.name = "until", .value = "TIME", .field = "until"},
        {0},
};
static const struct option return_options[] = {
        {.name = "reason",
                .value = "not_our_duty|address_unclear|wrong_category",
                .field = "return_reason",
                .flags = OPTION_NEEDED,
                .help = "return_reason"},
        {.name = "text", .value = "TEXT", .field = "text", .help = "more_text"},
        {0},
};
/* ask, hold, extend */
static const struct option until_options[] = {
        {.name = "until", .value = "TIME", .field = "until", .flags = OPTION_NEEDED},
        {.name = "reason", .value = "REASON", .field = "reason", .flags = OPTION_NEEDED},
        {0},
};
static const struct option reason_options[] = {
        {.name = "reason", .value = "REASON", .field = "reason", .flags = OPTION_NEEDED},
        {0},
};
static const struct option may_reason_options[] = {
        {.name = "reason", .value = "REASON", .field = "reason", .help = "may_reason"},
        {0},
};
static const struct option resolve_options[] = {
        {.name = "method", .value = "METHOD", .field = "method", .flags = OPTION_NEEDED},
        {.name = "result",
                .value = "TEXT",
                .field = "result",
                .flags = OPTION_NEEDED,
                .help = "resolve_result"},
        {.name = "failed", .field = "failed"},
        {.name = "reason", .value = "REASON", .field = "reason", .help = "resolve_reason"},
        {0},
};
static const struct option follow_up_options[] = {
        {.name = "reached", .value = "yes|no", .field = "reached", .flags = OPTION_NEEDED},
        {.name = "satisfied", .value = "1…5", .field = "satisfied"},
        {.name = "text", .value = "TEXT", .field = "text", .help = "more_text"},
        {0},
};
static const struct option feedback_options[] = {
        {.name = "text",
                .value = "TEXT",
                .field = "text",
                .flags = OPTION_NEEDED,
                .help = "feedback_text"},
        {0},
};
static const struct option close_options[] = {
        {.name = "as-is", .value = "normal|overdue|special|self_checked", .field = "as_is"},
        {0},
};
static const struct option urge_options[] = {
        {.name = "text", .value = "TEXT", .field = "text", .help = "urge_text"},
        {0},
};
static const struct option lead_case_options[] = {
        {.name = "leader", .value = "KEY", .field = "leader", .flags = OPTION_NEEDED},
        {0},
};
static const struct option warn_options[] = {
        {.name = "risk",
                .value = "R1…R3",
                .field = "risk",
                .flags = OPTION_NEEDED,
                .help = "warn_risk"},
        {.name = "text",
                .value = "TEXT",
                .field = "text",
                .flags = OPTION_NEEDED,
                .help = "warn_text"},
        {0},
};
static const struct option adopt_options[] = {
        {.name = "reason", .value = "REASON", .field = "reason", .help = "adopt_reason"},
        {0},
};
static const struct option queue_options[] = {
        {.name = "all", .field = "all"},
        {0},
};
static const struct option cases_options[] = {
        {.name = "unit", .value = "UNIT", .field = "unit"},
        {.name = "state", .value = "STATE", .field = "state"},
        {.name = "category", .value = "CATEGORY", .field = "category"},
        {.name = "tag", .value = "TAG", .field = "tag"},
        {.name = "mine", .field = "mine"},
        {.name = "limit", .value = "COUNT", .field = "limit"},
        {.name = "after", .value = "CURSOR", .field = "after"},
        {0},
};
static const struct option export_options[] = {
        {.name = "format", .value = "csv|jsonl|geojson", .flags = OPTION_NEEDED},
        {.name = "words"},
        {.name = "unit", .value = "UNIT", .field = "unit"},
        {.name = "state", .value = "STATE", .field = "state"},
        {.name = "category", .value = "CATEGORY", .field = "category"},
        {.name = "tag", .value = "TAG", .field = "tag"},
        {.name = "mine", .field = "mine"},
        {.name = "limit", .value = "COUNT"}, /* asked for in pages */
        {.name = "after", .value = "CURSOR"},
        {0},
};
static const struct option doctor_options[] = {
        {.name = "bundle", .value = "FILE", .flags = OPTION_PATH},
        {0},
};
static const struct option find_options[] = {
        {.name = "limit", .value = "COUNT"}, /* asked for in pages */
        {.name = "after", .value = "CURSOR"},
        {0},
};
static const struct option inbox_options[] = {
        {.name = "unit", .value = "UNIT", .field = "unit", .help = "inbox_unit"},
        {.name = "limit", .value = "COUNT", .field = "limit"},
        {0},
};
static const struct option stats_options[] = {
        {.name = "unit", .value = "UNIT", .field = "unit", .help = "stats_unit"},
        {.name = "since", .value = "DAY", .field = "since"},
        {0},
};
static const struct option show_options[] = {
        {.name = "qr"},
        {.name = "svg"},
        {0},
};
static const struct option document_options[] = {
        {.name = "html"},
        {0},
};
static const struct option reply_options[] = {
        {.name = "text",
                .value = "TEXT",
                .field = "text",
                .flags = OPTION_NEEDED,
                .help = "reply_text"},
        {0},
};
static const struct option ruling_options[] = {
        {.name = "take", .value = "ROW|DOT", .field = "take"},
        {.name = "value", .value = "VALUE"}, /* read as a value of its register */
        {.name = "reason", .value = "REASON", .field = "reason", .flags = OPTION_NEEDED},
        {0},
};
static const struct option sync_options[] = {
        {.name = "wait", .value = "SECONDS", .field = "wait"},
        {0},
};
static const struct option check_options[] = {
        {.name = "strict", .field = "strict"},
        {0},
};
static const struct option invite_options[] = {
        {.name = "person", .value = "KEY", .field = "person"},
        {.name = "qr", .help = "invite_qr"},
        {.name = "centre", .value = "UNIT", .field = "centre"},
        {.name = "name", .value = "NAME", .field = "name"},
        {0},
};

#define LATER(command)                                 \
    {                                                  \
        .name = (command), .run = NULL, .args_max = -1 \
    }

/* A plain act on a case. */
#define WRITE(asks, ...)                                              \
    {                                                                 \
        .name = (asks), .verb = (asks), .run = cmd_write, __VA_ARGS__ \
    }
#define CODE_ALONE .arguments = "CODE", .fields = "case", .args_min = 1, .args_max = 1

/* Of one name, the command without a second word stands first. */
const struct command commands[] = {
        {.heading = "case", .name = "report", .options = report_options, .run = cmd_report},
        {.name = "set",
                .arguments = "CODE FIELD=VALUE…",
                .args_min = 2,
                .args_max = -1,
                .run = cmd_set},
        WRITE("note", .arguments = "CODE TEXT", .fields = "case text", .args_min = 2,
                .args_max = 2),
        WRITE("second", .arguments = "CODE [TEXT]", .fields = "case text", .args_min = 1,
                .args_max = 2),
        WRITE("discuss", .arguments = "CODE TEXT", .fields = "case text", .args_min = 2,
                .args_max = 2, .options = discuss_options),
        {.name = "tag",
                .arguments = "CODE +TAG|-TAG…",
                .args_min = 2,
                .args_max = -1,
                .run = cmd_tag},
        WRITE("accept", .heading = "life", CODE_ALONE, .options = accept_options),
        WRITE("decline", CODE_ALONE, .options = decline_options),
        WRITE("assign", CODE_ALONE, .options = assign_options),
        WRITE("escalate", CODE_ALONE, .options = may_reason_options),
        WRITE("withdraw", CODE_ALONE, .options = may_reason_options),
        WRITE("take", CODE_ALONE),
        WRITE("return", CODE_ALONE, .options = return_options),
        WRITE("ask", .arguments = "CODE hold|extend", .fields = "case ask", .args_min = 2,
                .args_max = 2, .options = until_options),
        WRITE("hold", CODE_ALONE, .options = until_options),
        WRITE("resume", CODE_ALONE),
        WRITE("extend", CODE_ALONE, .options = until_options),
        WRITE("resolve", CODE_ALONE, .options = resolve_options),
        {.name = "follow-up",
                .verb = "follow_up",
                .run = cmd_write,
                CODE_ALONE,
                .options = follow_up_options},
        WRITE("feedback", CODE_ALONE, .options = feedback_options),
        WRITE("close", CODE_ALONE, .options = close_options),
        WRITE("reopen", CODE_ALONE, .options = reason_options),
        WRITE("review", CODE_ALONE),
        WRITE("urge", CODE_ALONE, .options = urge_options),
        WRITE("supervise", .arguments = "CODE yellow|red", .fields = "case level", .args_min = 2,
                .args_max = 2, .options = urge_options),
        {.name = "lead-case",
                .verb = "lead_case",
                .run = cmd_write,
                CODE_ALONE,
                .options = lead_case_options},
        WRITE("warn", CODE_ALONE, .options = warn_options),
        WRITE("merge", .arguments = "CODE CODE", .fields = "case with", .args_min = 2,
                .args_max = 2),
        WRITE("unmerge", .arguments = "CODE CODE", .fields = "case with", .args_min = 2,
                .args_max = 2),
        WRITE("recode", CODE_ALONE),
        WRITE("reply", .arguments = "NUMBER", .fields = "number", .args_min = 1, .args_max = 1,
                .options = reply_options),
        {.heading = "look", .name = "queue", .options = queue_options, .run = cmd_queue},
        {.name = "cases", .options = cases_options, .run = cmd_cases},
        {.name = "show",
                .arguments = "CODE",
                .args_min = 1,
                .args_max = 1,
                .options = show_options,
                .run = cmd_show},
        {.name = "find",
                .arguments = "WORDS…",
                .args_min = 1,
                .args_max = -1,
                .options = find_options,
                .run = cmd_find},
        {.name = "audit", .arguments = "CODE", .args_min = 1, .args_max = 1, .run = cmd_audit},
        {.name = "export", .options = export_options, .run = cmd_export},
        {.name = "inbox", .options = inbox_options, .run = cmd_inbox},
        {.name = "overdue", .options = inbox_options, .run = cmd_overdue},
        {.name = "stats", .options = stats_options, .run = cmd_stats},
        {.name = "duplicates", .arguments = "[CODE]", .args_max = 1, .run = cmd_duplicates},
        {.name = "documents",
                .arguments = "CODE",
                .args_min = 1,
                .args_max = 1,
                .run = cmd_documents},
        {.name = "document",
                .arguments = "NUMBER",
                .args_min = 1,
                .args_max = 1,
                .options = document_options,
                .run = cmd_document},
        {.name = "watch", .run = cmd_watch},
        {.heading = "conflicts", .name = "conflicts", .run = cmd_conflicts},
        {.name = "conflicts",
                .sub = "show",
                .arguments = "CODE",
                .args_min = 1,
                .args_max = 1,
                .run = cmd_conflicts_show},
        {.name = "conflicts",
                .sub = "resolve",
                .arguments = "CODE FIELD",
                .args_min = 2,
                .args_max = 2,
                .options = ruling_options,
                .run = cmd_conflicts_resolve},
        {.heading = "node", .name = "status", .run = cmd_status},
        {.name = "sync", .options = sync_options, .run = cmd_sync},
        {.name = "doctor", .options = doctor_options, .run = cmd_doctor},
        {.heading = "roster",
                .name = "roster",
                .sub = "import",
                .arguments = "DIR",
                .paths = true,
                .args_min = 1,
                .args_max = 1,
                .run = cmd_roster_import},
        {.name = "roster",
                .sub = "check",
                .arguments = "DIR",
                .paths = true,
                .args_min = 1,
                .args_max = 1,
                .options = check_options,
                .run = cmd_roster_check},
        {.name = "roster",
                .sub = "tree",
                .arguments = "[UNIT]",
                .args_max = 1,
                .run = cmd_roster_tree},
        {.name = "roster",
                .sub = "show",
                .arguments = "UNIT",
                .args_min = 1,
                .args_max = 1,
                .run = cmd_roster_show},
        {.name = "roster",
                .sub = "who",
                .arguments = "UNIT",
                .args_min = 1,
                .args_max = 1,
                .run = cmd_roster_who},
        {.name = "policy",
                .sub = "show",
                .arguments = "[UNIT]",
                .args_max = 1,
                .run = cmd_policy_show},
        {.name = "policy",
                .sub = "set",
                .arguments = "FILE",
                .paths = true,
                .args_min = 1,
                .args_max = 1,
                .run = cmd_policy_set},
        {.name = "categories", .arguments = "[WORD]", .args_max = 1, .run = cmd_categories},
        {.heading = "devices", .name = "invite", .options = invite_options, .run = cmd_invite},
        {.name = "devices", .run = cmd_devices},
        {.name = "revoke", .arguments = "SLOT", .args_min = 1, .args_max = 1, .run = cmd_revoke},
        {.name = "quarantine", .sub = "list", .run = cmd_quarantine_list},
        {.name = "quarantine",
                .sub = "show",
                .arguments = "DOT",
                .args_min = 1,
                .args_max = 1,
                .run = cmd_quarantine_show},
        {.name = "quarantine",
                .sub = "adopt",
                .arguments = "DOT",
                .args_min = 1,
                .args_max = 1,
                .options = adopt_options,
                .run = cmd_quarantine_adopt},
        {.heading = "help",
                .name = "completion",
                .arguments = "bash|zsh|fish",
                .args_min = 1,
                .args_max = 1,
                .run = cmd_completion},
        {.name = "help", .arguments = "[COMMAND]", .args_max = 2, .run = cmd_help},
        /* of the contract, but not in this version */
        LATER("attach"),
        LATER("erase"),
        LATER("bundle"),
        {0},
};
