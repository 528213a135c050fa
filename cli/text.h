/* The message catalogue: the same ids in each language, its sentences in text_zh.c and text_en.c,
 * the names of identifiers in words_zh.c and words_en.c. Chinese unless the locale asks for English
 * (D29). The daemon never sends sentences, only the id of a reason and its arguments; here they
 * become words for a person. */
#ifndef GRID_CLI_TEXT_H
#define GRID_CLI_TEXT_H

#include "proto/bytes.h"
#include "proto/status.h"

struct text_entry {
    const char *id;
    const char *text;
};
struct text_list {
    const struct text_entry *entries;
    size_t count;
};
extern const struct text_list words_zh, words_en;

/* Each list is sorted by id. `reasons` are the ids of grid_fail, `words` the identifiers of DOMAIN
 * as "state.reported", `sentences` what the CLI itself says. */
struct catalogue {
    const struct text_entry *reasons, *sentences;
    size_t reason_count, sentence_count;
    const struct text_list *words;
};
extern const struct catalogue catalogue_zh, catalogue_en;

/* By LC_ALL, LC_MESSAGES or LANG, the first that is set. */
void text_use_environment(void);
/* "en_GB.UTF-8" → English; NULL, "", "C", "zh_CN.UTF-8"… → Chinese. */
void text_use_locale(const char *locale);

/* A sentence of the CLI; asserts that there is one. */
const char *text(const char *id);
/* The same, NULL when there is none. */
const char *text_find(const char *id);
/* The name of an identifier: ("state", "reported") → 已上报. The identifier itself when it has none
 * (it may point into `id`, so it is not NUL-terminated). */
struct bytes text_word(const char *group, struct bytes id);
/* The same, empty when it has none. */
struct bytes text_word_find(const char *group, struct bytes id);

/* The other way, for who types in Chinese: ("source", "来访") → "visit", in either language; NULL
 * when no identifier of the group has that name. A field goes by its title on the card of `show`
 * too. */
const char *text_identifier(const char *group, struct bytes typed);
/* Whether that is a name of this one: ("field", "tags", "标签"). */
bool text_names(const char *group, const char *id, struct bytes typed);
/* Why a system call failed: a word of the group "why", or what the system says. */
const char *text_errno(int failed);
/* Appends a help line with its CAPITALS in words: "CODE [TEXT]" → 案码 [文字]. */
void text_usage(struct buffer *out, const char *usage);

enum { TEXT_ARGS_MAX = 9 };
/* Appends a sentence with %1…%9 replaced by `args`; "%1{group}" by the word of the group,
 * "%1{group*}" by a list of identifiers with their words, "%1{group+}" by the words alone,
 * "%1{usage}" by a line of text_usage, "%1{time}" by the minute of an RFC 3339 text. */
void text_fill(struct buffer *out, const char *sentence, const struct bytes *args, size_t count);
/* The same with arguments joined by GRID_ARG. */
void text_fill_detail(struct buffer *out, const char *sentence, struct bytes detail);
/* The sentence of an id with up to two arguments. */
void text_say(struct buffer *out, const char *id, const char *first, const char *second);
/* The sentence of a reason. An unknown one gives the id and its arguments. */
void text_reason(struct buffer *out, const char *reason, struct bytes detail);
/* An identifier that says why: of a void act, of a link that is down, or of a sentence above. */
void text_reason_word(struct buffer *out, struct bytes reason);
void text_error(struct buffer *out, const struct grid_error *error);
/* 12 秒, 3 分钟, 5 小时, 2 天 */
void text_duration(struct buffer *out, uint64_t seconds);

#endif
