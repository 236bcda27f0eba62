/** Dialogs over a page: one for anything, one that asks before something that cannot be taken back. */
import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { Button } from "./Button.tsx";

/** Closed by Escape, by a click outside, or by what is in it. */
export function Box(props: { title: string; open: boolean; onClose(): void; wide?: boolean; children: ReactNode }) {
  const { title, open, onClose, wide = false, children } = props;
  return (
    <ModalOverlay
      className="overlay"
      isOpen={open}
      isDismissable
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Modal className={wide ? "modal wide-modal" : "modal"}>
        <Dialog className="dialog">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks once more; `consequence` says what it means, `action` is the verb on the button. */
export function Confirm(props: {
  title: string;
  open: boolean;
  consequence: ReactNode;
  action: string;
  danger?: boolean;
  pending?: boolean;
  onConfirm(): void;
  onClose(): void;
}) {
  const { title, open, consequence, action, danger = true, pending = false, onConfirm, onClose } = props;
  return (
    <ModalOverlay
      className="overlay"
      isOpen={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog" role="alertdialog">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          <p>{consequence}</p>
          <div className="actions">
            <Button onPress={onClose} autoFocus>
              Keep it
            </Button>
            <Button look={danger ? "danger" : "primary"} isPending={pending} onPress={onConfirm}>
              {action}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
