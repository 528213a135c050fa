#include "tests/gen/names.h"

#include <assert.h>
#include <stdio.h>

#define DRAW(chance, table) \
    ((table)[chance_below((chance), (unsigned)(sizeof(table) / sizeof((table)[0])))])

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "周", "吴", "孙",
        "马", "胡", "郭", "何", "高", "林", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯",
        "邓", "曹", "彭", "苏", "田", "董", "袁", "潘", "白", "郝", "杜", "贾", "石", "边", "折"};
static const char *const first_signs[] = {"玉", "秀", "桂", "建", "志", "永", "海", "春", "文",
        "瑞", "金", "凤", "全", "占", "存", "二", "三", "双", "喜", "根", "满", "润", "引", "巧",
        "拴", "福"};
static const char *const second_signs[] = {"兰", "英", "山", "林", "厚", "娥", "莲", "梅", "生",
        "旺", "亮", "栓", "柱", "明", "清", "花", "平", "成", "良", "珍", "枝", "贵", "田", "飞",
        "霞", "保"};

static const char *const mongolian_begin[] = {"阿拉坦", "额尔登", "乌仁", "萨仁", "孟和", "巴图",
        "斯琴", "格日勒", "那顺", "朝鲁", "宝音", "达楞", "敖登", "娜仁", "苏雅", "布仁", "青格勒",
        "呼和", "哈斯", "道尔吉"};
static const char *const mongolian_end[] = {"巴雅尔", "其其格", "高娃", "图雅", "其木格", "巴根",
        "朝克图", "乌力吉", "花", "毕力格", "格日乐", "巴特尔", "苏和", "通拉嘎", "满都拉",
        "吉日嘎拉"};

static const char *const hamlet_ends[] = {"沟", "圪楞", "塔", "渠", "梁", "圪旦", "峁", "湾", "墕"};

static const char *const mine_begin[] = {
        "虚", "幻", "无", "空", "假", "设", "拟", "仿", "影", "梦"};
static const char *const mine_end[] = {"泰", "源", "兴", "盛", "和", "通", "宏", "隆", "远", "安"};

void name_person(struct chance *chance, char out[static NAME_BYTES])
{
    if (chance_percent(chance, 15)) {
        const char *begin = DRAW(chance, mongolian_begin);
        snprintf(out, NAME_BYTES, "%s%s", begin, DRAW(chance, mongolian_end));
        return;
    }
    const char *surname = DRAW(chance, surnames);
    const char *first = chance_percent(chance, 20) ? "" : DRAW(chance, first_signs);
    snprintf(out, NAME_BYTES, "%s%s%s", surname, first, DRAW(chance, second_signs));
}

void name_hamlet(struct chance *chance, char out[static NAME_BYTES])
{
    const char *surname = DRAW(chance, surnames);
    snprintf(out, NAME_BYTES, "%s家%s", surname, DRAW(chance, hamlet_ends));
}

void name_mine(struct chance *chance, char out[static NAME_BYTES])
{
    const char *begin = DRAW(chance, mine_begin);
    snprintf(out, NAME_BYTES, "%s%s煤矿(虚构)", begin, DRAW(chance, mine_end));
}

void name_phone(struct chance *chance, char out[static 12])
{
    snprintf(out, 12, "000%08u", chance_below(chance, 100000000));
}

void name_number(char out[static 16], unsigned number)
{
    static const char *const digits[] = {"", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
    assert(number >= 1 && number <= 99);
    const char *tens = number < 20 ? "" : digits[number / 10];
    snprintf(out, 16, "%s%s%s", tens, number >= 10 ? "十" : "", digits[number % 10]);
}
