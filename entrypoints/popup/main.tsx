/** The page of the popup: mounts its screen on the real background. */

import { Popup } from "#components/popup/Popup.tsx";
import { mount } from "#components/ui/page.tsx";

mount(<Popup />);
