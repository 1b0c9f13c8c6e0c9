-- `os` and `io` for scripts that may have them: built on functions of the host, which only this chunk sees.
local host = ...
local tostring, type, select, error = tostring, type, select, error

os.getenv, os.remove, os.rename, os.tmpname = host.getenv, host.remove, host.rename, host.tmpname
os.execute, os.exit = host.execute, host.exit

local File = {}
local meta = { __index = File, __name = "FILE*" }

local function fileOf(handle, position)
  return setmetatable({ handle = handle, position = position, buffer = "" }, meta)
end

function meta.__tostring(self)
  return self.handle and "file (" .. self.handle .. ")" or "file (closed)"
end

local function checked(self)
  if not self.handle then error("attempt to use a closed file", 3) end
end

-- Has at least so many bytes in the buffer, or all that there are.
local function fill(self, count)
  while #self.buffer < count do
    local piece, message, code = host.read(self.handle, 8192, self.position)
    if not piece then error({ message, code }) end
    if piece == "" then return end
    if self.position then self.position = self.position + #piece end
    self.buffer = self.buffer .. piece
  end
end

local function taken(self, count)
  local text = self.buffer:sub(1, count)
  self.buffer = self.buffer:sub(count + 1)
  return text
end

local function line(self, keeps)
  local from = 1
  while true do
    local at = self.buffer:find("\n", from, true)
    if at then
      local text = taken(self, at)
      return keeps and text or text:sub(1, -2)
    end
    from = #self.buffer + 1
    fill(self, from)
    if #self.buffer < from then break end
  end
  if self.buffer == "" then return nil end
  return taken(self, #self.buffer)
end

local readers = {
  l = function(self) return line(self, false) end,
  L = function(self) return line(self, true) end,
  a = function(self)
    repeat
      local before = #self.buffer
      fill(self, before + 8192)
    until #self.buffer == before
    return taken(self, #self.buffer)
  end,
  n = function(self)
    repeat
      local before = #self.buffer
      fill(self, before + 200)
    until #self.buffer == before or self.buffer:find("%S")
    taken(self, #self.buffer:match("^%s*"))
    local text = self.buffer:match("^[%-+]?0[xX][%x%.]*[pP]?[%-+]?%d*") or self.buffer:match("^[%-+]?[%d%.]*[eE]?[%-+]?%d*")
    return tonumber(taken(self, #text))
  end,
}

local function readAll(self, ...)
  local results, count = {}, select("#", ...)
  if count == 0 then return line(self, false) end
  for index = 1, count do
    local format = (select(index, ...))
    local value
    if type(format) == "number" then
      fill(self, format == 0 and 1 or format)
      if self.buffer ~= "" then value = taken(self, format) end
    else
      local reader = readers[tostring(format):gsub("^%*", ""):sub(1, 1)]
      if not reader then error("bad argument #" .. index .. " to 'read' (invalid format)", 0) end
      value = reader(self)
    end
    results[index] = value
    if value == nil then return table.unpack(results, 1, index) end
  end
  return table.unpack(results, 1, count)
end

-- What cannot be read is a result, what is asked for in a wrong way an error.
local function reported(isDone, ...)
  if isDone then return ... end
  local failure = ...
  if type(failure) == "table" then return nil, failure[1], failure[2] end
  error(failure, 3)
end

function File:read(...)
  checked(self)
  return reported(pcall(readAll, self, ...))
end

function File:lines(...)
  checked(self)
  local formats = table.pack(...)
  return function()
    checked(self)
    return reported(pcall(readAll, self, table.unpack(formats, 1, formats.n)))
  end
end

function File:write(...)
  checked(self)
  if self.position then self.position = self.position - #self.buffer end
  self.buffer = ""
  for index = 1, select("#", ...) do
    local text = (select(index, ...))
    if type(text) ~= "string" and type(text) ~= "number" then
      error("bad argument #" .. index .. " to 'write' (string expected, got " .. type(text) .. ")", 2)
    end
    text = tostring(text)
    local written, message, code = host.writefile(self.handle, text, self.position)
    if not written then return nil, message, code end
    if self.position then self.position = self.position + #text end
  end
  return self
end

function File:seek(whence, offset)
  checked(self)
  local base = 0
  if whence == nil or whence == "cur" then base = (self.position or 0) - #self.buffer
  elseif whence == "end" then base = host.filesize(self.handle)
  elseif whence ~= "set" then error("bad argument #1 to 'seek' (invalid option '" .. tostring(whence) .. "')", 2) end
  local position = base + (offset or 0)
  if position < 0 then return nil, "Invalid argument", 22 end
  self.buffer = ""
  if self.position or position < base then self.position = position end
  return position
end

function File:flush() checked(self) return self end
function File:setvbuf() return true end

function File:close()
  checked(self)
  local close = self.closes or host.close
  local handle = self.handle
  self.handle = nil
  return close(handle)
end

io = { stdin = fileOf(0), stdout = fileOf(1), stderr = fileOf(2) }
package.loaded.io = io

function io.open(name, mode)
  mode = mode or "r"
  if not mode:match("^[rwa]%+?b?$") then error("bad argument #2 to 'open' (invalid mode)", 2) end
  local handle, message, code = host.open(name, mode)
  if not handle then return nil, message, code end
  -- At its end without a position: what is appended goes there.
  return fileOf(handle, not mode:find("a") and 0 or nil)
end

local input, output = io.stdin, io.stdout

local function opened(file, mode)
  if type(file) ~= "string" then return file end
  local made, message = io.open(file, mode)
  if not made then error("cannot open file '" .. file .. "' (" .. message:gsub("^.-: ", "") .. ")", 3) end
  return made
end

function io.input(file)
  if file ~= nil then input = opened(file, "r") end
  return input
end

function io.output(file)
  if file ~= nil then output = opened(file, "w") end
  return output
end

function io.lines(name, ...)
  if name == nil then return input:lines(...) end
  local file, message = io.open(name)
  if not file then error(message, 2) end
  local read = file:lines(...)
  return function()
    local results = table.pack(read())
    if results[1] == nil and io.type(file) == "file" then file:close() end
    return table.unpack(results, 1, results.n)
  end
end

function io.popen(command, mode)
  mode = mode or "r"
  if mode ~= "r" and mode ~= "w" then error("bad argument #2 to 'popen' (invalid mode)", 2) end
  local name = host.tmpname()
  if mode == "r" then
    local result = table.pack(host.execute("(" .. command .. "\n) > " .. name))
    local file = io.open(name)
    host.remove(name)
    if not file then return nil, command .. ": cannot be started", 1 end
    file.closes = function(handle) host.close(handle) return table.unpack(result, 1, 3) end
    return file
  end
  local file = io.open(name, "w")
  file.closes = function(handle)
    host.close(handle)
    local result = table.pack(host.execute("(" .. command .. "\n) < " .. name))
    host.remove(name)
    return table.unpack(result, 1, 3)
  end
  return file
end

function io.tmpfile()
  local name = host.tmpname()
  local file, message, code = io.open(name, "w+")
  host.remove(name)
  return file, message, code
end

function io.read(...) return input:read(...) end
function io.write(...) return output:write(...) end
function io.close(file) return (file or output):close() end
function io.type(value)
  if getmetatable(value) ~= meta then return nil end
  return value.handle and "file" or "closed file"
end
