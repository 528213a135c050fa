#include "cli/qr.h"

#include "proto/heap.h"

#include <qrencode.h>
#include <stdio.h>
#include <string.h>

bool qr_make(struct qr *out, const char *text)
{
    *out = (struct qr){0};
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (code == NULL)
        return false;
    size_t count = (size_t)code->width * (size_t)code->width;
    out->modules = grid_alloc(count);
    for (size_t i = 0; i < count && out->modules != NULL; i++)
        out->modules[i] = code->data[i] & 1;
    out->width = code->width;
    QRcode_free(code);
    return out->modules != NULL;
}

void qr_close(struct qr *qr)
{
    grid_free(qr->modules);
    *qr = (struct qr){0};
}

bool qr_is_dark(const struct qr *qr, int column, int row)
{
    bool inside = column >= 0 && row >= 0 && column < qr->width && row < qr->width;
    return inside && qr->modules[row * qr->width + column] != 0;
}

static void append(struct buffer *out, const char *text)
{
    buffer_append(out, text, strlen(text));
}

void qr_draw(struct buffer *out, const struct qr *qr, bool colour)
{
    /* by upper and lower module, drawn or not */
    static const char *const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}};
    int end = qr->width + QR_QUIET_MODULES;
    for (int row = -QR_QUIET_MODULES; row < end; row += 2) {
        append(out, colour ? "\x1b[30;107m" : "");
        for (int column = -QR_QUIET_MODULES; column < end; column++) {
            bool upper = qr_is_dark(qr, column, row);
            bool lower = qr_is_dark(qr, column, row + 1);
            if (colour)
                append(out, blocks[upper][lower]);
            else
                append(out, blocks[!upper][!lower && row + 1 < end]);
        }
        append(out, colour ? "\x1b[0m\n" : "\n");
    }
}

void qr_svg(struct buffer *out, const struct qr *qr, int millimetres)
{
    char text[256];
    int size = qr->width + 2 * QR_QUIET_MODULES;
    snprintf(text, sizeof(text),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%dmm\" height=\"%dmm\" "
            "viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
            "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
            millimetres, millimetres, size, size, size, size);
    append(out, text);
    for (int row = 0; row < qr->width; row++)
        for (int column = 0; column < qr->width;) {
            int run = 0;
            while (qr_is_dark(qr, column + run, row))
                run++;
            if (run > 0) {
                snprintf(text, sizeof(text), "M%d %dh%dv1h-%dz", column + QR_QUIET_MODULES,
                        row + QR_QUIET_MODULES, run, run);
                append(out, text);
            }
            column += run > 0 ? run : 1;
        }
    append(out, "\"/></svg>\n");
}
