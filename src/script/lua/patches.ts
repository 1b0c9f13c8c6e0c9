/**
 * What is changed in the sources of fengari before they are run.
 *
 * Its integers have 32 bits and wrap without a word; sizes of objects do not fit. Its numbers are printed as
 * JavaScript prints them, its strings are compared by a faulty hash, and it can neither be stopped in native
 * loops nor held to an amount of memory. `$` is what `host.ts` offers.
 *
 * Each change is made in one place exactly, or in as many as it says; else the VM does not start: another
 * version of fengari has to be looked at.
 *
 * @module
 */

/** A text, what takes its place, and how often. */
export type Patch = readonly [from: string, to: string, times?: number];

const fail = "(message) => $.fail(L, message)";

/** By the name of the file. */
export const patches: Readonly<Record<string, readonly Patch[]>> = {
  // Byte by byte through an iterator: a third of what a call took.
  defs: [
    [
      "luastring_from = Uint8Array.from.bind(Uint8Array);",
      "luastring_from = (a) => new Uint8Array(a);",
    ],
  ],
  luaconf: [
    ["(process.env.FENGARICONF ? JSON.parse(process.env.FENGARICONF) : {})", "{}"],
    ["const LUA_MAXINTEGER = 2147483647;", "const LUA_MAXINTEGER = Number.MAX_SAFE_INTEGER;"],
    ["const LUA_MININTEGER = -2147483648;", "const LUA_MININTEGER = Number.MIN_SAFE_INTEGER;"],
    [
      "n >= LUA_MININTEGER && n < -LUA_MININTEGER ? n : false",
      "Number.isSafeInteger(n) ? n : false",
    ],
    ["return String(Number(n.toPrecision(14)));", "return $.numberText(n);"],
  ],
  lvm: [
    // Texts of integers are integers in arithmetic, as in 5.4.
    [
      "if (op1.ttisinteger() && op2.ttisinteger()) {",
      `if (!(op1.ttisinteger() && op2.ttisinteger()) && (op1.ttisstring() || op2.ttisstring()))
                    [op1, op2] = asIntegers(op1, op2);
                if (op1.ttisinteger() && op2.ttisinteger()) {`,
      5,
    ],
    [
      `let op = L.stack[RB(L, base, i)];
                let numberop;

                if (op.ttisinteger()) {
                    L.stack[ra].setivalue((-op.value)|0);`,
      `let op = L.stack[RB(L, base, i)];
                let numberop;
                if (op.ttisstring()) [op] = asIntegers(op, op);
                if (op.ttisinteger()) {
                    L.stack[ra].setivalue($.integer(L, -op.value));`,
    ],
    [
      "const tonumber = function(o) {",
      `const asIntegers = function(one, other) {
    const both = [one, other].map((o) => {
        if (!o.ttisstring()) return o;
        const v = new lobject.TValue();
        return lobject.luaO_str2num(o.svalue(), v) === o.vslen() + 1 ? v : o;
    });
    return both.every((o) => o.ttisinteger()) ? both : [one, other];
};
const tonumber = function(o) {`,
    ],
    ["(op1.value + op2.value)|0", "$.integer(L, op1.value + op2.value)"],
    ["(op1.value - op2.value)|0", "$.integer(L, op1.value - op2.value)"],
    ["luaV_imul(op1.value, op2.value)", "$.integer(L, op1.value * op2.value)"],
    ["setivalue(~op.value)", "setivalue($.integer(L, -op.value - 1))"],
    [
      "setivalue(numberop1 & numberop2)",
      `setivalue($.bitwise("and", numberop1, numberop2, ${fail}))`,
    ],
    [
      "setivalue(numberop1 | numberop2)",
      `setivalue($.bitwise("or", numberop1, numberop2, ${fail}))`,
    ],
    [
      "setivalue(numberop1 ^ numberop2)",
      `setivalue($.bitwise("xor", numberop1, numberop2, ${fail}))`,
    ],
    ["luaV_shiftl(numberop1, numberop2)", `$.shiftLeft(numberop1, numberop2, ${fail})`],
    ["luaV_shiftl(numberop1, -numberop2)", `$.shiftLeft(numberop1, -numberop2, ${fail})`],
    ["return Math.floor(m / n)|0;", "return $.floorDivide(m, n);"],
    ["return (m - Math.floor(m / n) * n)|0;", "return $.floorModulo(m, n);"],
    ["(L.stack[ra].value + step)|0", "L.stack[ra].value + step"],
    ["init.value = (initv - pstep.value)|0;", "init.value = initv - pstep.value;"],
    [
      "let forlim;\n",
      `let forlim;\n if (pstep.value === 0) ldebug.luaG_runerror(L, to_luastring("'for' step is zero"));\n`,
    ],
    ["let buff = new Uint8Array(tl);", "$.reserve(L, tl); let buff = new Uint8Array(tl);"],
    ["        switch (opcode) {", "        $.spend(L, 1);\n        switch (opcode) {"],
  ],
  lobject: [
    ["        s = to_jsstring(s);", "        $.look(s.length);\n        s = $.latin1(s);"],
    ["return (v1 + v2)|0;", "return $.integer(L, v1 + v2);"],
    ["return (v1 - v2)|0;", "return $.integer(L, v1 - v2);"],
    ["return lvm.luaV_imul(v1, v2);", "return $.integer(L, v1 * v2);"],
    ["return (v1 & v2);", `return $.bitwise("and", v1, v2, ${fail});`],
    ["return (v1 | v2);", `return $.bitwise("or", v1, v2, ${fail});`],
    ["return (v1 ^ v2);", `return $.bitwise("xor", v1, v2, ${fail});`],
    ["lvm.luaV_shiftl(v1, v2)", `$.shiftLeft(v1, v2, ${fail})`],
    ["lvm.luaV_shiftl(v1, -v2)", `$.shiftLeft(v1, -v2, ${fail})`],
    ["return (0 - v1)|0;", "return $.integer(L, -v1);"],
    ["return (~0 ^ v1);", "return $.integer(L, -v1 - 1);"],
    ["Math.floor(MAX_INT / 10)", "Math.floor(Number.MAX_SAFE_INTEGER / 10)"],
    ["MAX_INT % 10", "Number.MAX_SAFE_INTEGER % 10"],
    ["d > MAXLASTD + neg", "d > MAXLASTD"],
    ["a = (a * 10 + d)|0;", "a = a * 10 + d;"],
    [
      `        for (; i < s.length && lisxdigit(s[i]); i++) {
            a = (a * 16 + luaO_hexavalue(s[i]))|0;
            empty = false;
        }`,
      `        const from = i;
        while (i < s.length && lisxdigit(s[i])) i++;
        empty = i === from;
        if (!empty) a = $.hexInteger(s.subarray(from, i));
        if (a === null) return null;`,
    ],
    ["n: (neg ? -a : a)|0,", "n: neg ? 0 - a : a,"],
    ["this.upvals = new Array(n);", "$.take(120 + 40 * n); this.upvals = new Array(n);"],
  ],
  // Nothing is computed before it runs: errors then have a line.
  lcode: [["if (!(v1 = tonumeral(e1, true)) ||", "if (true || !(v1 = tonumeral(e1, true)) ||"]],
  llex: [
    [
      "    // save(ls, 0);\n\n    let obj",
      "    if (lislalpha(ls.current)) save_and_next(ls);\n\n    let obj",
    ],
    [
      "    if (obj.ttisinteger()) {\n        seminfo.i",
      `    if (obj.ttisfloat() && $.isLost(luaZ_buffer(ls.buff)))
        lexerror(ls, to_luastring("an integer of more than 53 bits, which is what integers have here"), TK_FLT);
    if (obj.ttisinteger()) {\n        seminfo.i`,
    ],
  ],
  lapi: [
    ["(n|0) === n);", "Number.isSafeInteger(n));"],
    [
      "const index2addr = function(L, idx) {\n",
      "const index2addr = function(L, idx) {\n    $.spend(L, 1);\n",
    ],
  ],
  lmathlib: [
    [
      "            up = luaL_checkinteger(L, 1);\n            break;",
      `            up = luaL_checkinteger(L, 1);
            if (up === 0) {
                lua_pushinteger(L, Math.floor((2 * Math.random() - 1) * LUA_MAXINTEGER));
                return 1;
            }
            break;`,
    ],
    ["n = (-n)|0;", "n = -n;"],
    ["(lua_tointeger(L, 1) % d)|0", "lua_tointeger(L, 1) % d + 0"],
    ["rand_state = x|0;", "rand_state = Math.floor(x) % 0x80000000 | 0;"],
    [
      "l_srand(luaL_checknumber(L, 1));",
      "l_srand(lua_gettop(L) > 0 ? luaL_checknumber(L, 1) : Date.now());",
    ],
  ],
  lbaselib: [["return v|0;", "return Number.isSafeInteger(v) ? v : null;"]],
  ltable: [
    ["(key|0) === key", "Number.isSafeInteger(key)", 2],
    ["(kv|0) === kv", "Number.isSafeInteger(kv)"],
    [
      "        this.id = L.l_G.id_counter++;\n        this.strong",
      "        $.take(280);\n        this.id = L.l_G.id_counter++;\n        this.strong",
    ],
    ["    t.dead_strong.clear();\n", "    $.take(200);\n    t.dead_strong.clear();\n"],
  ],
  lstring: [
    [
      `    let s = "|";
    for (let i=0; i<len; i++)
        s += str[i].toString(16);
    return s;`,
      `    return "|" + $.latin1(str);`,
    ],
    [
      "    return new TString(L, str);",
      "    $.take(64 + str.length);\n    return new TString(L, str);",
    ],
  ],
  lstate: [
    [
      "    L1.stack = new Array(BASIC_STACK_SIZE);",
      "    $.take(2500);\n    L1.stack = new Array(BASIC_STACK_SIZE);",
    ],
    ["    let ci = new CallInfo();\n", "    $.take(200);\n    let ci = new CallInfo();\n"],
  ],
  ldo: [
    [
      "            luaD_reallocstack(L, newsize);\n    }\n};",
      "            $.reserve(L, 40 * newsize), luaD_reallocstack(L, newsize);\n    }\n};",
    ],
  ],
  lauxlib: [
    [
      "        let newbuff = new Uint8Array(newsize);",
      "        $.reserve(B.L, newsize);\n        let newbuff = new Uint8Array(newsize);",
    ],
  ],
  lstrlib: [
    ["find_subarray(s.subarray(init - 1), p, 0)", "$.indexOf(s.subarray(init - 1), p)"],
    [
      'luaL_argcheck(L, c >= 0 && c <= 255, "value out of range")',
      'luaL_argcheck(L, c >= 0 && c <= 255, i, "value out of range")',
    ],
    [
      "luaL_addchar(b, luaL_checkinteger(L, arg));\n                    break;",
      `luaL_addstring(b, $.bytes(sprintf(String.fromCharCode(...form), luaL_checkinteger(L, arg))));
                    break;`,
    ],
    [
      `addlenmod(form, to_luastring(LUA_INTEGER_FRMLEN, true));
                    luaL_addstring(b, lua_number2strx(L, form, luaL_checknumber(L, arg)));`,
      "luaL_addstring(b, $.bytes(sprintf(String.fromCharCode(...form), luaL_checknumber(L, arg))));",
    ],
    [
      "                buff = lua_number2strx(L, to_luastring(`%${LUA_INTEGER_FRMLEN}a`), n);\n                checkdp(buff);",
      "                buff = $.bytes($.literalText(n));",
    ],
    [
      "                case 'q': {\n",
      `                case 'q': {
                    if (form.length > 2 && form[2] !== 0)
                        luaL_error(L, to_luastring("specifier '%%q' cannot have modifiers"));
`,
    ],
    ["\"invalid option '%%%c' to 'format'\"", "\"invalid conversion '%%%c' to 'format'\""],
    ["(missing arguments to '%%b'\"", "(missing arguments to '%%b')\""],
    ["gm.src = 0;", "gm.src = init;"],
    [
      "    lua_settop(L, 2);  /* keep them on closure",
      "    const init = $.firstIndex(luaL_optinteger(L, 3, 1), ls);\n    lua_settop(L, 2);  /* keep them on closure",
    ],
    [
      "r.size = 4; r.opt = Kint;   return r; // sizeof(long): 4",
      "r.size = 8; r.opt = Kint;   return r;",
    ],
    ["case 76  /*'L'*/: r.size = 4;", "case 76  /*'L'*/: r.size = 8;"],
    ["case 106 /*'j'*/: r.size = 4;", "case 106 /*'j'*/: r.size = 8;"],
    ["case 74  /*'J'*/: r.size = 4;", "case 74  /*'J'*/: r.size = 8;"],
    ["case 84  /*'T'*/: r.size = 4;", "case 84  /*'T'*/: r.size = 8;"],
    [
      "if (e === -1) e = data.length - pos;",
      "if (e === -1) luaL_argerror(L, 2, to_luastring(\"unfinished string for format 'z'\"));",
    ],
    ["const { sprintf } = require('sprintf-js');", "const { sprintf } = $;"],
    ["const SZINT = 4;", "const SZINT = 8;"],
    ["let lim = 1 << (size * 8) - 1;", "let lim = 2 ** (size * 8 - 1);"],
    ["(n>>>0) < (1 << (size * NB))", "n >= 0 && n < 2 ** (size * NB)"],
    ["packint(b, n>>>0, h.islittle, size, false);", "packint(b, n, h.islittle, size, false);"],
    [
      "    buff[islittle ? 0 : size - 1] = n & MC;  /* first byte */\n",
      "    $.packInteger(buff, n, islittle, size); luaL_addsize(b, size); return;\n",
    ],
    [
      "    let limit = size <= SZINT ? size : SZINT;\n",
      `    return $.unpackInteger(str, islittle, size, issigned, ${fail});\n    let limit;\n`,
    ],
    ["    let r = new Uint8Array(l);", "    $.reserve(L, l);\n    let r = new Uint8Array(l);", 3],
    [
      '    if (n <= 0) lua_pushliteral(L, "");',
      '    if (n <= 0 || l + lsep === 0) lua_pushliteral(L, "");',
    ],
    [
      `        while (n-- > 1) {  /* first n-1 copies (followed by separator) */
            p.set(s, pi);
            pi += l;
            if (lsep > 0) {  /* empty 'memcpy' is not that cheap */
                p.set(sep, pi);
                pi += lsep;
            }
        }
        p.set(s, pi);  /* last copy (not followed by separator) */
`,
      "        $.repeat(p, lsep > 0 ? [...s, ...sep] : s);\n",
    ],
    ["    if (ms.matchdepth-- === 0)", "    $.spend(ms.L, 50);\n    if (ms.matchdepth-- === 0)"],
    [
      "to_luastring(sprintf(String.fromCharCode(...form), to_jsstring(s)))",
      "$.bytes(sprintf(String.fromCharCode(...form), $.latin1(s)))",
    ],
  ],
  // 5.4 takes surrogates only where it is told to be lax.
  lutf8lib: [
    [
      "    lua_setfield,\n    lua_tointeger\n",
      "    lua_setfield,\n    lua_toboolean,\n    lua_tointeger\n",
    ],
    ["const utf8_decode = function(s, pos) {", "const utf8_decode = function(s, pos, lax) {"],
    [
      "        pos += count;  /* skip continuation",
      "        if (!lax && res >= 0xD800 && res <= 0xDFFF) return null;\n        pos += count;  /* skip continuation",
    ],
    [
      "let dec = utf8_decode(s, posi);\n        if (dec === null) {",
      "let dec = utf8_decode(s, posi, lua_toboolean(L, 4));\n        if (dec === null) {",
    ],
    [
      "let dec = utf8_decode(s, posi);\n        if (dec === null)\n",
      "let dec = utf8_decode(s, posi, isLax);\n        if (dec === null)\n",
    ],
    [
      "    n = 0;\n    for (posi -= 1;",
      "    const isLax = lua_toboolean(L, 4);\n    n = 0;\n    for (posi -= 1;",
    ],
    ["const iter_aux = function(L) {", "const iter_aux = (isLax) => function(L) {"],
    ["let dec = utf8_decode(s, n);", "let dec = utf8_decode(s, n, isLax);"],
    ["lua_pushcfunction(L, iter_aux);", "lua_pushcfunction(L, iter_aux(lua_toboolean(L, 2)));"],
  ],
  loslib: [
    ["        i++;  /* skip '!' */", "        s = s.subarray(1);"],
    [
      "        strftime(L, b, s, stm);",
      `        // The fields of a date are local ones.
        if (utc) stm = Object.assign(new Date(stm.getTime() + stm.getTimezoneOffset() * 60000), { zone: "GMT" });
        strftime(L, b, s, stm);`,
    ],
    [
      "let tzString = date.toString().match(/\\(([\\w\\s]+)\\)/);",
      'let tzString = ["", date.zone ?? date.toLocaleTimeString("en-US", { timeZoneName: "short" }).split(" ").at(-1)];',
    ],
    [
      "let yday = Math.floor((date - new Date(date.getFullYear(), 0, 1)) / 86400000);",
      "let yday = $.dayOfYear(date, false);",
    ],
    [
      'setfield(L, "yday", Math.floor((time - (new Date(time.getFullYear(), 0, 0 /* shortcut to correct day by one */))) / 86400000));',
      'setfield(L, "yday", $.dayOfYear(time, utc));\n    lua_pushboolean(L, !utc && $.isSummer(time));\n    lua_setfield(L, -2, to_luastring("isdst", true));',
    ],
    ["invalid conversion specifier '%%%s'", "invalid conversion specifier '%s'"],
  ],
};
