/**
 * The parts of fengari that a VM needs, as text. Those for its own I/O, its bytecode and its bridge to JavaScript are
 * left out.
 *
 * @module
 */
import defs from "fengari/src/defs.js" with { type: "text" };
import fengaricore from "fengari/src/fengaricore.js" with { type: "text" };
import lapi from "fengari/src/lapi.js" with { type: "text" };
import lauxlib from "fengari/src/lauxlib.js" with { type: "text" };
import lbaselib from "fengari/src/lbaselib.js" with { type: "text" };
import lcode from "fengari/src/lcode.js" with { type: "text" };
import lcorolib from "fengari/src/lcorolib.js" with { type: "text" };
import ldblib from "fengari/src/ldblib.js" with { type: "text" };
import ldebug from "fengari/src/ldebug.js" with { type: "text" };
import ldo from "fengari/src/ldo.js" with { type: "text" };
import lfunc from "fengari/src/lfunc.js" with { type: "text" };
import ljstype from "fengari/src/ljstype.js" with { type: "text" };
import llex from "fengari/src/llex.js" with { type: "text" };
import llimits from "fengari/src/llimits.js" with { type: "text" };
import lmathlib from "fengari/src/lmathlib.js" with { type: "text" };
import lobject from "fengari/src/lobject.js" with { type: "text" };
import lopcodes from "fengari/src/lopcodes.js" with { type: "text" };
import loslib from "fengari/src/loslib.js" with { type: "text" };
import lparser from "fengari/src/lparser.js" with { type: "text" };
import lstate from "fengari/src/lstate.js" with { type: "text" };
import lstring from "fengari/src/lstring.js" with { type: "text" };
import lstrlib from "fengari/src/lstrlib.js" with { type: "text" };
import ltable from "fengari/src/ltable.js" with { type: "text" };
import ltablib from "fengari/src/ltablib.js" with { type: "text" };
import ltm from "fengari/src/ltm.js" with { type: "text" };
import lua from "fengari/src/lua.js" with { type: "text" };
import luaconf from "fengari/src/luaconf.js" with { type: "text" };
import lualib from "fengari/src/lualib.js" with { type: "text" };
import lutf8lib from "fengari/src/lutf8lib.js" with { type: "text" };
import lvm from "fengari/src/lvm.js" with { type: "text" };
import lzio from "fengari/src/lzio.js" with { type: "text" };

/** By the names of the files. */
export const sources: Readonly<Record<string, string>> = {
  defs,
  fengaricore,
  lapi,
  lauxlib,
  lbaselib,
  lcode,
  lcorolib,
  ldblib,
  ldebug,
  ldo,
  lfunc,
  ljstype,
  llex,
  llimits,
  lmathlib,
  lobject,
  lopcodes,
  loslib,
  lparser,
  lstate,
  lstring,
  lstrlib,
  ltable,
  ltablib,
  ltm,
  lua,
  luaconf,
  lualib,
  lutf8lib,
  lvm,
  lzio,
};
