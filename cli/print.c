/* Cells are counted by libutf8proc; the ambiguous ones follow the person's terminal. */
#include "cli/print.h"

#include "cli/text.h"
#include "proto/heap.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

struct screen screen;

void screen_look(void)
{
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO))
        return;
    const char *columns = getenv("COLUMNS");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        screen.columns = size.ws_col;
    else if (columns != NULL)
        screen.columns = (int)strtol(columns, NULL, 10);
    if (screen.columns < 20)
        screen.columns = 80;
}

/* --- safe text -------------------------------------------------------------------------------- */

/* What changes the order or the presence of other characters without being seen. The joiners
 * U+200C, U+200D and the Mongolian selectors U+180B–E belong to writing and stay. */
static bool is_hidden(int32_t code)
{
    return (code >= 0x80 && code < 0xA0) || code == 0xAD || code == 0x61C || code == 0x200B ||
           code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
           (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F);
}

static void append_text(struct buffer *out, const char *text)
{
    buffer_append(out, text, strlen(text));
}

static void append_code(struct buffer *out, int32_t code)
{
    char shown[32];
    snprintf(shown, sizeof(shown), "⟦U+%04X⟧", (unsigned)code);
    append_text(out, shown);
}

void print_safe(struct buffer *out, struct bytes text, bool lines)
{
    for (size_t at = 0; at < text.size;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t size =
                utf8proc_iterate(text.data + at, (utf8proc_ssize_t)(text.size - at), &code);
        if (size <= 0) {
            char shown[16];
            snprintf(shown, sizeof(shown), "⟦x%02X⟧", text.data[at]);
            append_text(out, shown);
            at++;
            continue;
        }
        if (code == '\n')
            append_text(out, lines ? "\n" : "⏎");
        else if (code < 0x20 || code == 0x7F) { /* control pictures: U+2400 + code, ␡ */
            utf8proc_uint8_t picture[4];
            utf8proc_ssize_t picture_size =
                    utf8proc_encode_char(code == 0x7F ? 0x2421 : 0x2400 + code, picture);
            buffer_append(out, picture, (size_t)picture_size);
        } else if (is_hidden(code))
            append_code(out, code);
        else
            buffer_append(out, text.data + at, (size_t)size);
        at += (size_t)size;
    }
}

void print_text(struct bytes text)
{
    struct buffer safe = {0};
    print_safe(&safe, text, false);
    if (safe.size > 0)
        fwrite(safe.data, 1, safe.size, stdout);
    buffer_close(&safe);
}

void print_block(struct bytes text, int indent)
{
    for (size_t at = 0; at <= text.size;) {
        const uint8_t *stop = at < text.size ? memchr(text.data + at, '\n', text.size - at) : NULL;
        size_t end = stop != NULL ? (size_t)(stop - text.data) : text.size;
        printf("%*s", indent, "");
        print_text(bytes_of(text.data + at, end - at));
        putchar('\n');
        at = end + 1;
    }
}

/* --- cells ------------------------------------------------------------------------------------ */

/* East Asian ambiguous characters that occur in our text and in people's. Pairs of first and last.
 */
static const int32_t ambiguous[][2] = {{0xA1, 0xA1}, {0xA4, 0xA4}, {0xA7, 0xA8}, {0xAA, 0xAA},
        {0xAE, 0xAE}, {0xB0, 0xB4}, {0xB6, 0xBA}, {0xBC, 0xBF}, {0xC6, 0xC6}, {0xD7, 0xD7},
        {0xE0, 0xE1}, {0xE8, 0xEA}, {0xEC, 0xED}, {0xF2, 0xF3}, {0xF7, 0xFA}, {0xFC, 0xFC},
        {0x391, 0x3A9}, {0x3B1, 0x3C9}, {0x401, 0x401}, {0x410, 0x44F}, {0x451, 0x451},
        {0x2010, 0x2010}, {0x2013, 0x2016}, {0x2018, 0x2019}, {0x201C, 0x201D}, {0x2020, 0x2022},
        {0x2024, 0x2027}, {0x2030, 0x2030}, {0x2032, 0x2033}, {0x2035, 0x2035}, {0x203B, 0x203B},
        {0x2103, 0x2103}, {0x2109, 0x2109}, {0x2116, 0x2116}, {0x2121, 0x2122}, {0x2126, 0x2126},
        {0x2153, 0x2154}, {0x2160, 0x216B}, {0x2170, 0x2179}, {0x2190, 0x2199}, {0x21D2, 0x21D2},
        {0x21D4, 0x21D4}, {0x2200, 0x2200}, {0x2202, 0x2203}, {0x2207, 0x2208}, {0x220B, 0x220B},
        {0x220F, 0x220F}, {0x2211, 0x2211}, {0x221A, 0x221A}, {0x221D, 0x2220}, {0x2225, 0x2225},
        {0x2227, 0x222C}, {0x2234, 0x2237}, {0x2248, 0x2248}, {0x2260, 0x2261}, {0x2264, 0x2267},
        {0x2460, 0x24E9}, {0x24EB, 0x254B}, {0x2550, 0x2573}, {0x2580, 0x258F}, {0x2592, 0x2595},
        {0x25A0, 0x25A1}, {0x25A3, 0x25A9}, {0x25B2, 0x25B3}, {0x25B6, 0x25B7}, {0x25BC, 0x25BD},
        {0x25C0, 0x25C1}, {0x25C6, 0x25C8}, {0x25CB, 0x25CB}, {0x25CE, 0x25D1}, {0x25E2, 0x25E5},
        {0x25EF, 0x25EF}, {0x2605, 0x2606}, {0x2609, 0x2609}, {0x260E, 0x260F}, {0x2640, 0x2640},
        {0x2642, 0x2642}, {0x2660, 0x2661}, {0x2663, 0x2665}, {0x2667, 0x266A}, {0x2776, 0x277F},
        {0xE000, 0xF8FF}, {0xFFFD, 0xFFFD}};

static int code_cells(int32_t code)
{
    if (code < 0x7F)
        return code >= 0x20;
    if (screen.ambiguous_wide && code >= 0xA1) {
        size_t low = 0, high = sizeof(ambiguous) / sizeof(ambiguous[0]);
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (code > ambiguous[middle][1])
                low = middle + 1;
            else if (code < ambiguous[middle][0])
                high = middle;
            else
                return 2;
        }
    }
    return utf8proc_charwidth(code);
}

/* How many bytes of `text` fit into `cells`; *used: the cells that they take. */
static size_t fit(struct bytes text, int cells, int *used)
{
    size_t at = 0;
    *used = 0;
    while (at < text.size) {
        utf8proc_int32_t code;
        utf8proc_ssize_t size =
                utf8proc_iterate(text.data + at, (utf8proc_ssize_t)(text.size - at), &code);
        int wide = size > 0 ? code_cells(code) : 1;
        if (*used + wide > cells)
            break;
        *used += wide;
        at += size > 0 ? (size_t)size : 1;
    }
    return at;
}

int print_cells(struct bytes text)
{
    int used;
    fit(text, INT32_MAX / 2, &used);
    return used;
}

static void blanks(struct buffer *out, int count)
{
    for (; count > 0; count--)
        buffer_append(out, " ", 1);
}

void print_cell(struct buffer *out, struct bytes text, int cells)
{
    static const char mark[] = "…";
    int used;
    size_t size = fit(text, cells, &used);
    bool cut = size < text.size;
    int mark_cells = print_cells(bytes_text(mark));
    if (cut)
        size = fit(text, cells - mark_cells, &used);
    buffer_append(out, text.data, size);
    if (cut) {
        append_text(out, mark);
        used += mark_cells;
    }
    blanks(out, cells - used);
}

/* --- tables ----------------------------------------------------------------------------------- */

struct table {
    int column_count, flexible;
    const char *titles[TABLE_COLUMNS_MAX];
    struct buffer cells[TABLE_MEASURED_ROWS][TABLE_COLUMNS_MAX];
    int widths[TABLE_COLUMNS_MAX];
    int held;
    bool settled, stacked;
    uint64_t rows;
};

struct table *table_open(const char *const titles[], int column_count, int flexible)
{
    assert(column_count <= TABLE_COLUMNS_MAX);
    struct table *table = grid_alloc(sizeof(*table));
    if (table == NULL)
        abort();
    table->column_count = column_count;
    table->flexible = flexible;
    memcpy(table->titles, titles, (size_t)column_count * sizeof(*titles));
    return table;
}

/* A row on a terminal too narrow for columns: what it says one after the other, each behind its
 * title, and nothing cut. */
static void print_stacked(const struct table *table, const struct bytes cells[])
{
    struct buffer line = {0};
    int used = 0;
    for (int i = 0; i < table->column_count; i++) {
        struct bytes title = bytes_text(i > 0 ? text(table->titles[i]) : "");
        int wide = print_cells(title) + (i > 0) + print_cells(cells[i]);
        if (cells[i].size == 0)
            continue;
        if (used > 0 && used + 2 + wide > screen.columns) {
            buffer_append(&line, "\n", 1);
            used = 0;
        }
        if (used > 0 || i > 0)
            blanks(&line, 2);
        used += (used > 0 || i > 0 ? 2 : 0) + wide;
        buffer_append(&line, title.data, title.size);
        blanks(&line, i > 0);
        buffer_append(&line, cells[i].data, cells[i].size);
    }
    fwrite(line.data, 1, line.size, stdout);
    putchar('\n');
    buffer_close(&line);
}

static void print_row(const struct table *table, const struct bytes cells[])
{
    struct buffer line = {0};
    if (table->stacked) {
        print_stacked(table, cells);
        return;
    }
    for (int i = 0; i < table->column_count; i++) {
        int width = table->widths[i], cells_wide = print_cells(cells[i]);
        if (screen.columns == 0 && cells_wide > width)
            width = cells_wide; /* no terminal: nothing is cut */
        if (i > 0)
            blanks(&line, 2);
        print_cell(&line, cells[i], width);
    }
    while (line.size > 0 && line.data[line.size - 1] == ' ')
        line.size--;
    fwrite(line.data, 1, line.size, stdout);
    putchar('\n');
    buffer_close(&line);
}

/* Widths from the rows held; on a terminal the flexible column gives way. */
static void settle(struct table *table)
{
    enum { FLEXIBLE_MIN = 8 };
    struct bytes titles[TABLE_COLUMNS_MAX];
    int total = 2 * (table->column_count - 1);
    for (int i = 0; i < table->column_count; i++) {
        titles[i] = bytes_text(text(table->titles[i]));
        table->widths[i] = print_cells(titles[i]);
        for (int row = 0; row < table->held; row++) {
            int cells = print_cells(buffer_bytes(&table->cells[row][i]));
            if (cells > table->widths[i])
                table->widths[i] = cells;
        }
        total += table->widths[i];
    }
    if (screen.columns > 0 && total > screen.columns) {
        int left =
                table->flexible < 0 ? 0 : table->widths[table->flexible] - (total - screen.columns);
        table->stacked = left < FLEXIBLE_MIN;
        if (!table->stacked)
            table->widths[table->flexible] = left;
    }
    table->settled = true;
    if (!table->stacked)
        print_row(table, titles);
    for (int row = 0; row < table->held; row++) {
        struct bytes cells[TABLE_COLUMNS_MAX];
        for (int i = 0; i < table->column_count; i++)
            cells[i] = buffer_bytes(&table->cells[row][i]);
        print_row(table, cells);
    }
}

void table_row(struct table *table, const struct bytes cells[])
{
    int row = table->settled ? 0 : table->held;
    struct bytes safe[TABLE_COLUMNS_MAX];
    for (int i = 0; i < table->column_count; i++) {
        buffer_clear(&table->cells[row][i]);
        print_safe(&table->cells[row][i], cells[i], false);
        safe[i] = buffer_bytes(&table->cells[row][i]);
    }
    table->rows++;
    if (table->settled)
        print_row(table, safe);
    else if (++table->held == TABLE_MEASURED_ROWS)
        settle(table);
}

uint64_t table_rows(const struct table *table)
{
    return table->rows;
}

uint64_t table_finish(struct table *table)
{
    if (!table->settled && table->rows > 0)
        settle(table);
    return table->rows;
}

void table_close(struct table *table)
{
    for (int row = 0; row < TABLE_MEASURED_ROWS; row++)
        for (int i = 0; i < TABLE_COLUMNS_MAX; i++)
            buffer_close(&table->cells[row][i]);
    grid_free(table);
}
