#include "cli/document.h"

#include "cli/print.h"
#include "cli/record.h"

#include <string.h>

enum { PAGE_CELLS = 80, LABEL_CELLS = 12, INDENT_CELLS = 2 };

struct bytes document_title(struct bytes type)
{
    static const char *const titles[][2] = {{"notice_acceptance", "受理告知单"},
            {"order_transfer", "转送交办单"}, {"notice_result", "结果告知单"},
            {"letter_reminder", "工作提示函"}, {"letter_risk", "风险预警函"}};
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (bytes_equal(type, bytes_text(titles[i][0])))
            return bytes_text(titles[i][1]);
    return (struct bytes){0};
}

static void add(struct buffer *out, struct bytes text)
{
    buffer_append(out, text.data, text.size);
}

static void add_text(struct buffer *out, const char *text)
{
    add(out, bytes_text(text));
}

static void blanks(struct buffer *out, int cells)
{
    for (int i = 0; i < cells; i++)
        buffer_append(out, " ", 1);
}

/* 2026-11-22T18:30:00+08:00 */
void document_date(struct buffer *out, struct bytes time, bool hours)
{
    enum { DAY = 10, MINUTE = 16 };
    if (time.size < MINUTE) {
        add(out, time);
        return;
    }
    add(out, bytes_of(time.data, 4));
    add_text(out, "年");
    add(out, bytes_of(time.data + 5, 2));
    add_text(out, "月");
    add(out, bytes_of(time.data + 8, 2));
    add_text(out, "日");
    if (!hours)
        return;
    add(out, bytes_of(time.data + 11, 2));
    add_text(out, "时");
    add(out, bytes_of(time.data + 14, 2));
    add_text(out, "分");
}

/* --- lines of 80 cells --- */

static void rule(struct buffer *out)
{
    for (int i = 0; i < PAGE_CELLS; i++)
        add_text(out, "-");
    add_text(out, "\n");
}

/* Foreign words are made safe before they are measured. */
static void placed(struct buffer *out, struct bytes text, bool right)
{
    struct buffer safe = {0};
    print_safe(&safe, text, false);
    int left = PAGE_CELLS - print_cells(buffer_bytes(&safe));
    blanks(out, right ? left - INDENT_CELLS : left / 2);
    add(out, buffer_bytes(&safe));
    add_text(out, "\n");
    buffer_close(&safe);
}

static size_t character_bytes(struct bytes text)
{
    size_t size = 1;
    while (size < text.size && (text.data[size] & 0xc0) == 0x80)
        size++;
    return size;
}

/* What may not begin a line; it stays with what stands before it. */
static bool clings(struct bytes character)
{
    static const char marks[] = "，。、；：？！”’）》】…";
    return character.size >= 3 && character.size < 5 &&
           memmem(marks, sizeof(marks) - 1, character.data, character.size) != NULL;
}

static bool is_latin(struct bytes character)
{
    return character.size == 1 && character.data[0] > ' ';
}

/* How many bytes of safe text fit so many cells, broken where a line may be broken. */
static size_t line_bytes(struct bytes text, int cells)
{
    size_t size = 0;
    size_t good = 0; /* the last place where it may be broken */
    int used = 0;
    while (size < text.size) {
        struct bytes rest = bytes_of(text.data + size, text.size - size);
        struct bytes character = bytes_of(rest.data, character_bytes(rest));
        int wide = print_cells(character);
        bool joined =
                size > 0 && is_latin(character) && is_latin(bytes_of(text.data + size - 1, 1));
        if (size > 0 && !clings(character) && !joined)
            good = size;
        if (used + wide > cells)
            break;
        used += wide;
        size += character.size;
    }
    return size == text.size || good == 0 ? size : good;
}

/* A paragraph from column `indent` on; its first line begins at `first`, where the cursor is. */
static void wrapped(struct buffer *out, struct bytes text, int first, int indent)
{
    struct buffer safe = {0};
    print_safe(&safe, text, false);
    struct bytes rest = buffer_bytes(&safe);
    int at = first;
    if (rest.size == 0)
        add_text(out, "\n");
    while (rest.size > 0) {
        size_t size = line_bytes(rest, PAGE_CELLS - INDENT_CELLS - at);
        if (size == 0)
            break;
        add(out, bytes_of(rest.data, size));
        add_text(out, "\n");
        rest = bytes_of(rest.data + size, rest.size - size);
        while (rest.size > 0 && rest.data[0] == ' ')
            rest = bytes_of(rest.data + 1, rest.size - 1);
        at = indent;
        if (rest.size > 0)
            blanks(out, indent);
    }
    buffer_close(&safe);
}

/* Each line of the text as a paragraph of its own. */
static void paragraphs(struct buffer *out, struct bytes text, int first, int indent)
{
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end != NULL ? (size_t)(end - text.data) : text.size;
        blanks(out, first);
        wrapped(out, bytes_of(text.data, size), first, indent);
        size += end != NULL;
        text = bytes_of(text.data + size, text.size - size);
    }
}

/* --- the parts of the page --- */

static void fields(struct buffer *out, struct bytes record)
{
    struct reader list;
    size_t count = record_array(record, "fields", &list);
    for (size_t i = 0; i < count && !list.failed; i++) {
        struct bytes field = read_raw(&list);
        struct bytes value = record_text(field, "text");
        const uint8_t *end = value.size > 0 ? memchr(value.data, '\n', value.size) : NULL;
        size_t size = end != NULL ? (size_t)(end - value.data) : value.size;
        blanks(out, INDENT_CELLS);
        print_cell(out, record_text(field, "label"), LABEL_CELLS);
        wrapped(out, bytes_of(value.data, size), INDENT_CELLS + LABEL_CELLS,
                INDENT_CELLS + LABEL_CELLS);
        size += end != NULL;
        paragraphs(out, bytes_of(value.data + size, value.size - size), INDENT_CELLS + LABEL_CELLS,
                INDENT_CELLS + LABEL_CELLS);
    }
}

static void copies(struct buffer *out, struct bytes record)
{
    struct reader list;
    size_t count = record_array(record, "copies", &list);
    struct buffer line = {0};
    for (size_t i = 0; i < count && !list.failed; i++) {
        add_text(&line, i > 0 ? "、" : "抄送：");
        add(&line, value_as_text(read_raw(&list)));
    }
    if (count > 0) {
        blanks(out, INDENT_CELLS);
        wrapped(out, buffer_bytes(&line), INDENT_CELLS, INDENT_CELLS + 6);
    }
    buffer_close(&line);
}

/* What the lead fills in and sends back. */
static void reply_form(struct buffer *out)
{
    placed(out, bytes_text("办 理 回 执"), false);
    add_text(out, "\n  签收人：________________________  签收时间：______年____月____日____时\n"
                  "  办理方式：______________________  是否解决：是 [ ]  否 [ ]\n"
                  "  办理结果：________________________________________________________________\n"
                  "  __________________________________________________________________________\n"
                  "  承办单位（盖章）：______________  回复时间：______年____月____日\n");
    rule(out);
}

/* 150622103-26-0117-00042-89，查询码 7K3M9Q */
static void foot(struct buffer *out, struct bytes record)
{
    blanks(out, INDENT_CELLS);
    add_text(out, "案码：");
    add(out, record_text(record, "case"));
    if (!record_empty(record, "token")) {
        add_text(out, "    查询码：");
        add(out, record_text(record, "token"));
    }
    add_text(out, "\n");
}

static void replies(struct buffer *out, struct bytes record)
{
    struct reader list;
    size_t count = record_array(record, "replies", &list);
    if (count == 0 && record_empty(record, "reply_by"))
        return;
    add_text(out, "\n回复情况\n");
    if (count == 0) {
        bool overdue = record_is(record, "reply", "overdue");
        add_text(out, record_is(record, "reply", "awaited") ? "  等待回复，期限 "
                      : overdue                             ? "  逾期未回复，期限 "
                                                            : "  未回复，期限 ");
        document_date(out, record_text(record, "reply_by"), true);
        add_text(out, "\n");
    }
    for (size_t i = 0; i < count && !list.failed; i++) {
        struct bytes reply = read_raw(&list);
        struct buffer who = {0};
        blanks(out, INDENT_CELLS);
        document_date(out, record_text(reply, "at"), true);
        add_text(out, "  ");
        print_safe(&who, record_text(reply, "who"), false);
        add(out, buffer_bytes(&who));
        add_text(out, "\n");
        paragraphs(out, record_text(reply, "text"), 2 * INDENT_CELLS, 2 * INDENT_CELLS);
        buffer_close(&who);
    }
}

void document_as_text(struct buffer *out, struct bytes record)
{
    enum { PARAGRAPH_CELLS = 6 };
    struct buffer line = {0};
    placed(out, record_text(record, "issuer"), false);
    placed(out, document_title(record_text(record, "type")), false);
    if (record_bool(record, "superseded"))
        placed(out, bytes_text("（已被替代）"), false);
    add_text(&line, "编号：");
    add(&line, record_text(record, "number"));
    placed(out, buffer_bytes(&line), false);
    rule(out);
    buffer_clear(&line);
    add(&line, record_text(record, "addressee"));
    add_text(&line, "：");
    blanks(out, INDENT_CELLS);
    wrapped(out, buffer_bytes(&line), INDENT_CELLS, INDENT_CELLS);
    add_text(out, "\n");
    fields(out, record);
    add_text(out, "\n");
    paragraphs(out, record_text(record, "text"), PARAGRAPH_CELLS, INDENT_CELLS);
    add_text(out, "\n");
    placed(out, record_text(record, "issuer"), true);
    buffer_clear(&line);
    document_date(&line, record_text(record, "date"), false);
    placed(out, buffer_bytes(&line), true);
    rule(out);
    if (record_is(record, "type", "order_transfer"))
        reply_form(out);
    copies(out, record);
    foot(out, record);
    replies(out, record);
    buffer_close(&line);
}
