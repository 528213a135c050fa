/* One page that needs nothing but itself: printed on A4 by any browser. */
#include "cli/document.h"

#include "cli/print.h"
#include "cli/qr.h"
#include "cli/record.h"

#include <string.h>

static const char style[] =
        "@page{size:A4;margin:20mm 26mm 18mm 28mm}"
        "*{box-sizing:border-box}"
        "body{margin:0 auto;max-width:156mm;color:#000;background:#fff;"
        "font:12pt/1.65 FangSong,STFangsong,\"FangSong_GB2312\",仿宋,\"Noto Serif CJK SC\","
        "\"Noto Serif SC\",SimSun,serif}"
        "@media screen{body{margin:12mm auto}}"
        ".office{margin:0;color:#c00;text-align:center;font-weight:700;font-size:27pt;"
        "line-height:1.4;letter-spacing:.12em;text-indent:.12em;"
        "font-family:SimSun,STSong,\"Noto Serif CJK SC\",\"Noto Serif SC\",serif}"
        ".number{margin:3mm 0 0;text-align:center}"
        ".red{height:0;margin:2mm 0 7mm;border:0;border-top:.7mm solid #c00}"
        "h1{margin:0 0 4mm;text-align:center;font-size:21pt;line-height:1.4;letter-spacing:.2em;"
        "text-indent:.2em;font-family:SimHei,\"Noto Sans CJK SC\",\"Noto Sans SC\",sans-serif}"
        ".void{display:inline-block;margin:0 0 5mm;padding:0 4mm;border:.5mm solid #c00;color:#c00;"
        "letter-spacing:.2em}"
        ".centre{text-align:center}"
        ".to{margin:0 0 3mm}"
        "p{margin:0;text-align:justify;text-indent:2em;overflow-wrap:anywhere}"
        ".plain{text-indent:0}"
        "table{width:100%;margin:0 0 4mm;border-collapse:collapse;font-size:11pt;line-height:1.55}"
        "th,td{padding:1mm 2.5mm;border:.25mm solid #000;text-align:left;vertical-align:top;"
        "overflow-wrap:anywhere;white-space:pre-line}"
        "th{width:31mm;font-weight:400;text-align:center;white-space:nowrap}"
        ".sign{margin:7mm 6mm 0 0;text-align:right;break-inside:avoid}"
        ".sign div{min-width:60mm;text-align:center;display:inline-block}"
        ".form{margin-top:6mm;padding-top:3mm;border-top:.3mm dashed #000;break-inside:avoid}"
        ".form h2{margin:0 0 2mm;text-align:center;font-size:14pt;letter-spacing:.3em;"
        "text-indent:.3em}"
        ".form table{margin:0}.form .tall{height:16mm}"
        "footer{display:flex;align-items:center;gap:4mm;margin-top:6mm;padding:1.5mm 0;"
        "border-top:.4mm solid #000;border-bottom:.4mm solid #000;font-size:10.5pt;"
        "line-height:1.6;break-inside:avoid}"
        "footer svg{flex:none}footer p{text-indent:0;text-align:left}"
        "b{font-weight:700;letter-spacing:.1em}";

static void add(struct buffer *out, const char *text)
{
    buffer_append(out, text, strlen(text));
}

/* Text of others: shown and never run, with what hides made visible (D25). */
static void add_safe(struct buffer *out, struct bytes text)
{
    struct buffer safe = {0};
    print_safe(&safe, text, true);
    for (size_t i = 0; i < safe.size; i++) {
        switch (safe.data[i]) {
        case '&':
            add(out, "&amp;");
            break;
        case '<':
            add(out, "&lt;");
            break;
        case '>':
            add(out, "&gt;");
            break;
        case '"':
            add(out, "&quot;");
            break;
        case '\'':
            add(out, "&#39;");
            break;
        default:
            buffer_append(out, &safe.data[i], 1);
        }
    }
    buffer_close(&safe);
}

static void element(struct buffer *out, const char *open, struct bytes text, const char *close)
{
    add(out, open);
    add_safe(out, text);
    add(out, close);
}

static void paragraphs(struct buffer *out, struct bytes text)
{
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end != NULL ? (size_t)(end - text.data) : text.size;
        element(out, "<p>", bytes_of(text.data, size), "</p>\n");
        size += end != NULL;
        text = bytes_of(text.data + size, text.size - size);
    }
}

static void fields(struct buffer *out, struct bytes record)
{
    struct reader list;
    size_t count = record_array(record, "fields", &list);
    add(out, "<table>\n");
    for (size_t i = 0; i < count && !list.failed; i++) {
        struct bytes field = read_raw(&list);
        element(out, "<tr><th>", record_text(field, "label"), "</th>");
        element(out, "<td>", record_text(field, "text"), "</td></tr>\n");
    }
    add(out, "</table>\n");
}

static void sign(struct buffer *out, struct bytes record)
{
    struct buffer date = {0};
    document_date(&date, record_text(record, "date"), false);
    element(out, "<div class=\"sign\"><div>", record_text(record, "issuer"), "<br>");
    element(out, "", buffer_bytes(&date), "</div></div>\n");
    buffer_close(&date);
}

/* What the lead fills in, cuts off and sends back. */
static void reply_form(struct buffer *out, struct bytes record)
{
    element(out, "<div class=\"form\"><h2>办理回执</h2><p class=\"plain\">对应编号：",
            record_text(record, "number"), "</p>\n");
    add(out, "<table>\n"
             "<tr><th>签收人</th><td></td><th>签收时间</th><td>　　年　月　日　时</td></tr>\n"
             "<tr><th>办理方式</th><td></td><th>是否解决</th><td>是 □　　否 □</td></tr>\n"
             "<tr><th>办理结果</th><td class=\"tall\" colspan=\"3\"></td></tr>\n"
             "<tr><th>承办单位</th><td>（盖章）</td><th>回复时间</th><td>　　年　月　日</td></tr>\n"
             "</table></div>\n");
}

static bool foot(struct buffer *out, struct bytes record)
{
    enum { SIDE_MM = 24 };
    char text[128] = "";
    struct qr qr;
    struct reader list;
    struct bytes words = record_text(record, "qr");
    if (words.size >= sizeof(text))
        return false;
    if (words.size > 0)
        memcpy(text, words.data, words.size);
    if (!qr_make(&qr, text))
        return false;
    add(out, "<footer>");
    qr_svg(out, &qr, SIDE_MM);
    qr_close(&qr);
    element(out, "<p>案码：<b>", record_text(record, "case"), "</b>");
    if (!record_empty(record, "token"))
        element(out, "<br>查询码：<b>", record_text(record, "token"), "</b>");
    size_t count = record_array(record, "copies", &list);
    for (size_t i = 0; i < count && !list.failed; i++)
        element(out, i > 0 ? "、" : "<br>抄送：", value_as_text(read_raw(&list)), "");
    struct buffer date = {0};
    document_date(&date, record_text(record, "date"), false);
    element(out, "<br>", record_text(record, "issuer"), "　");
    element(out, "", buffer_bytes(&date), "印发</p></footer>\n");
    buffer_close(&date);
    return true;
}

bool document_as_html(struct buffer *out, struct bytes record)
{
    struct bytes title = document_title(record_text(record, "type"));
    add(out, "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\n");
    element(out, "<title>", title, " ");
    element(out, "", record_text(record, "number"), "</title>\n<style>");
    add(out, style);
    element(out, "</style></head><body>\n<p class=\"office\">", record_text(record, "issuer"),
            "</p>\n");
    element(out, "<p class=\"number\">编号：", record_text(record, "number"),
            "</p>\n<hr class=\"red\">\n");
    element(out, "<h1>", title, "</h1>\n");
    if (record_bool(record, "superseded"))
        add(out, "<div class=\"centre\"><div class=\"void\">已被替代</div></div>\n");
    element(out, "<p class=\"plain to\">", record_text(record, "addressee"), "：</p>\n");
    fields(out, record);
    paragraphs(out, record_text(record, "text"));
    sign(out, record);
    bool whole = foot(out, record);
    if (record_is(record, "type", "order_transfer"))
        reply_form(out, record);
    add(out, "</body></html>\n");
    return whole && !out->failed;
}
