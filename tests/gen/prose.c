#include "tests/gen/prose.h"

#include "tests/gen/names.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DRAW(chance, table) ((table)[chance_below((chance), (unsigned)COUNT(table))])

/* --- UTF-8 --- */

size_t prose_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void cut(char *text, size_t characters)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text & 0xc0) != 0x80 && characters-- == 0)
            break;
    *text = '\0';
}

static void append(char *text, size_t room, const char *more)
{
    size_t used = strlen(text);
    assert(used < room);
    snprintf(text + used, room - used, "%s", more);
}

/* --- titles --- */

void prose_title(struct chance *chance, const struct matter *matter, const char *place,
        char out[static PROSE_TITLE_BYTES])
{
    static const char *const begins[] = {"", "", "", "反映", "发现", "村民反映"};
    static const char *const ends[] = {"", "", "问题", "需要处理", "情况", "请派人查看", "求助"};
    static const char *const longer[] = {"情况反映", "请尽快处理", "需要到现场看"};
    enum { CHARACTERS_MIN = 8, CHARACTERS_MAX = 20 };
    out[0] = '\0';
    append(out, PROSE_TITLE_BYTES, DRAW(chance, begins));
    append(out, PROSE_TITLE_BYTES, place);
    append(out, PROSE_TITLE_BYTES, matter->item->code == 9999 ? "事项" : matter->item->name);
    append(out, PROSE_TITLE_BYTES, DRAW(chance, ends));
    while (prose_characters(out) < CHARACTERS_MIN)
        append(out, PROSE_TITLE_BYTES, DRAW(chance, longer));
    cut(out, CHARACTERS_MAX);
}

/* --- how long --- */

/* Quantiles of log-normal lengths, cut at 1000; between two of them the line is straight. */
struct quantile {
    unsigned per_mille, characters;
};
static const struct quantile lengths[] = {{0, 6}, {50, 10}, {100, 13}, {250, 21}, {500, 35},
        {750, 58}, {900, 91}, {950, 120}, {990, 200}, {999, 354}, {1000, 600}};
static const struct quantile lengths_of_disputes[] = {{0, 15}, {50, 30}, {100, 41}, {250, 68},
        {500, 120}, {750, 212}, {900, 354}, {950, 480}, {990, 852}, {994, 1000}, {1000, 1000}};

static unsigned draw_length(struct chance *chance, const struct quantile *quantiles)
{
    unsigned drawn = chance_below(chance, 1000000);
    while (drawn >= quantiles[1].per_mille * 1000)
        quantiles++;
    unsigned beyond = drawn - quantiles[0].per_mille * 1000;
    unsigned width = quantiles[1].per_mille - quantiles[0].per_mille;
    return quantiles[0].characters +
           (quantiles[1].characters - quantiles[0].characters) * beyond / (width * 1000);
}

/* --- clauses: # is a number, ^ a small one, & the place, @ a direction, ~ a time --- */

static const char *const hazards[] = {"&@#米处有一条裂缝，宽约^厘米", "路基被水掏空#米",
        "围栏倒了#米没人修", "电线离地只有^米", "井口的盖板不见了", "楼道里堆了#车杂物",
        "炉子的烟筒接口松了", "灭火器过期#个月", "土坎上有#块松动的石头", "有股很浓的气味",
        "运煤车每天过#趟，路面压坏了", "墙上的缝比上次宽了#毫米", "坝口有渗水"};
static const char *const disputes[] = {"双方为#亩地的界线起了争执", "说好的补偿款还差#户没有到账",
        "房子裂了^处，要求矿上来量", "水井的水位降了#米", "#户人家在路口等答复",
        "合同上写的是#年，对方不认", "工程队欠了^个月工钱", "煤尘落在#亩玉米地里",
        "牲畜进了邻居的#亩草场", "老人留下的^间房怎么分说不拢", "去年也谈过^次，没有结果",
        "甲方只答应一半", "乙方要求按新标准算", "请求到说事室坐下来谈", "带来了#张照片和一份协议"};
static const char *const surroundings[] = {"垃圾堆了#天没有清", "污水流到@的渠里",
        "夜里^点还有机器响", "矸石倒在@的沟里约#车", "煤尘大得窗户不敢开", "井水有味道，#户受影响",
        "烧秸秆的烟很大"};
static const char *const facilities[] = {"路灯坏了#盏", "停水已经^小时", "水压不够，#户用不上",
        "暖气只有#度", "井盖翘起#厘米", "屋顶^处漏雨", "下水道堵了^天", "手机信号时有时无"};
static const char *const services[] = {"家里有^位老人走不了远路", "想问补贴什么时候到",
        "需要饲草#吨", "羊羔#只没有暖棚", "证件要去旗里办，来回#公里", "医保卡用不了，已经^天",
        "希望能代办", "想咨询怎么申请"};
static const char *const orders[] = {"^辆车停在路中间", "晚上^点有人吵闹", "少了#只羊",
        "狗没有拴，吓着^个孩子", "接到^个自称公安的电话", "有人上门推销保健品，一盒^百元",
        "学校门口^点放学很堵", "有^个人在路口拦车"};
static const char *const opinions[] = {
        "对^月的安排很满意", "建议把公示贴到@", "想知道政策从^月起怎么算", "上次反映的事办得快"};
static const char *const anything[] = {"是~看到的", "在&@", "离住户#米", "影响#户", "已经拍照",
        "先放了警示牌", "请派人来看一看", "老人和孩子每天从这里走", "~又去看了一次，没有变化",
        "已告诉附近#户绕行", "当场劝过，没有听", "等下雨会更严重", "同样的事@还有^处",
        "联户长#分钟后到了现场", "已和村里说过^次", "希望^天内有答复", "大约有#米长",
        "从&往@走#百米就是"};
static const char *const directions[] = {
        "东侧", "西侧", "南坡", "北沟口", "村口", "桥头", "路南", "井台边", "院墙后", "大路旁"};
static const char *const times[] = {
        "今天早上", "昨天傍晚", "前天", "上周", "中午", "巡查时", "夜里", "开会回来时"};

struct clauses {
    const char *const *list;
    size_t count;
};
#define CLAUSES(table) ((struct clauses){(table), COUNT(table)})

static struct clauses clauses_about(const struct matter *matter)
{
    switch (matter->item->code / 100) {
    case 1:
        return CLAUSES(disputes);
    case 2:
        return CLAUSES(hazards);
    case 3:
        return CLAUSES(surroundings);
    case 4:
        return CLAUSES(facilities);
    case 5:
        return CLAUSES(services);
    case 6:
    case 7:
    case 8:
        return CLAUSES(orders);
    default:
        return CLAUSES(opinions);
    }
}

static void append_clause(
        struct chance *chance, char *text, size_t room, const char *clause, const char *place)
{
    for (; *clause != '\0'; clause++) {
        char said[NAME_BYTES] = {*clause, '\0'};
        if (*clause == '#')
            snprintf(said, sizeof(said), "%d", chance_within(chance, 10, 90));
        else if (*clause == '^')
            snprintf(said, sizeof(said), "%d", chance_within(chance, 2, 9));
        else if (*clause == '&')
            snprintf(said, sizeof(said), "%s", place);
        else if (*clause == '@')
            snprintf(said, sizeof(said), "%s", DRAW(chance, directions));
        else if (*clause == '~')
            snprintf(said, sizeof(said), "%s", DRAW(chance, times));
        append(text, room, said);
    }
}

/* The last character is a full stop, and no comma stands before it. */
static void end_at(char out[static PROSE_TEXT_BYTES], unsigned characters)
{
    cut(out, characters - 1);
    size_t size = strlen(out);
    size_t mark = strlen("，");
    bool marked = size >= mark &&
                  (strcmp(out + size - mark, "，") == 0 || strcmp(out + size - mark, "。") == 0);
    if (marked)
        out[size - mark] = '\0';
    append(out, PROSE_TEXT_BYTES, marked ? "了。" : "。");
}

/* Clauses until there are enough characters. */
static void fill(struct chance *chance, const struct matter *matter, const char *place,
        char out[static PROSE_TEXT_BYTES], unsigned characters)
{
    struct clauses about = clauses_about(matter);
    out[0] = '\0';
    for (;;) {
        const char *clause = chance_percent(chance, 45)
                                     ? about.list[chance_below(chance, (unsigned)about.count)]
                                     : DRAW(chance, anything);
        append_clause(chance, out, PROSE_TEXT_BYTES, clause, place);
        if (prose_characters(out) >= characters)
            break;
        append(out, PROSE_TEXT_BYTES, chance_percent(chance, 30) ? "。" : "，");
    }
    end_at(out, characters);
}

/* --- odd ones --- */

static void prose_odd(struct chance *chance, const struct matter *matter, const char *place,
        char out[static PROSE_TEXT_BYTES])
{
    static const char *const tails[] = {"😀🚜牧区信号差⚠️",
            "电话１２３４５，门牌７－２０１", "𣵦水边的㙍头与松树墕", "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ",
            "\n第二行\n\n第四行"};
    unsigned which = chance_below(chance, COUNT(tails) + 2);
    if (which < COUNT(tails)) {
        fill(chance, matter, place, out, 20);
        append(out, PROSE_TEXT_BYTES, tails[which]);
    } else if (which == COUNT(tails)) {
        snprintf(out, PROSE_TEXT_BYTES, "险");
    } else {
        fill(chance, matter, place, out, PROSE_CHARACTERS_MAX);
    }
}

void prose_text(struct chance *chance, const struct matter *matter, const char *place,
        char out[static PROSE_TEXT_BYTES])
{
    if (chance_percent(chance, 2)) {
        prose_odd(chance, matter, place, out);
        return;
    }
    const struct quantile *quantiles = matter_in_group(matter, 1) ? lengths_of_disputes : lengths;
    fill(chance, matter, place, out, draw_length(chance, quantiles));
}
