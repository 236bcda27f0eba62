/** `npm run deploy -- --network <name>`: the door to `contracts/deployment`, where it is told what that does. */
import { NETWORKS } from "@tollpass/protocol";
import { deployCommand } from "../contracts/deployment/command.ts";
import { DeploymentError } from "../contracts/deployment/deploy.ts";
import { compileStateChannels } from "../contracts/deployment/source.ts";

try {
  await deployCommand(process.argv.slice(2), {
    env: process.env,
    write: (text) => void process.stdout.write(text),
    compile: compileStateChannels,
    networks: NETWORKS,
  });
} catch (failure) {
  if (!(failure instanceof DeploymentError)) throw failure;
  process.stderr.write(`${failure.message}\n`);
  process.exitCode = 1;
}
