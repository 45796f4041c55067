/** What Python and DepthAI need of the environment. */
const NEEDED = /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|DYLD_\w+|VIRTUAL_ENV|CONDA_PREFIX)$/i;
const OF_PYTHON = /^(PYTHON\w*|DEPTHAI_\w+)$/;
const OF_WINDOWS = /^(SYSTEMROOT|WINDIR|COMSPEC|APPDATA|LOCALAPPDATA|USERPROFILE|PROGRAMDATA)$/i;
/** Models are fetched by us: the bridge needs no keys. */
const SECRET = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL/i;

/** The bridge's environment: what it needs, and nothing that lets anybody in anywhere. */
export function bridgeEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const passes = (name: string): boolean =>
    !SECRET.test(name) && (NEEDED.test(name) || OF_PYTHON.test(name) || OF_WINDOWS.test(name));
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => passes(name))), PYTHONUNBUFFERED: "1" };
}
